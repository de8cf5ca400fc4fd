import type { PluginModule } from '@basinlab/core/container';
import { myPluginExecutor } from './my-plugin.js';

/** What `--plugin` loads: plugins by family, and the contract that they were written for. */
const plugins: PluginModule = { contract: 1, executor: [myPluginExecutor] };

export default plugins;
export { myPluginExecutor };
