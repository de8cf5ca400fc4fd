export { createContainer, createContainerWith, withEngines } from './container.js';
export { startEngine } from './engines/select.js';
export { main, runCommandLine } from './main.js';
export { openTerminal, type Terminal } from './terminal.js';
