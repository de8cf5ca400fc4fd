export { families, isFamily, type Family } from './families.js';
export { main } from './main.js';
export { makePlugin, type PluginChoices } from './make-plugin.js';
export { namesOf, type Names } from './names.js';
export { isRunner, runners, type Runner } from './runners.js';
