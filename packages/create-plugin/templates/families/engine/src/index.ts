import type { PluginModule } from '@basinlab/core/container';
import { myPluginEngine } from './my-plugin.js';

/** What `--plugin` loads: plugins by family, and the contract that they were written for. */
const plugins: PluginModule = { contract: 1, engine: [myPluginEngine] };

export default plugins;
export { myPluginEngine };
