import type { PluginModule } from '@basinlab/core/container';
import { myPluginBreaking } from './my-plugin.js';

/** What `--plugin` loads: plugins by family, and the contract that they were written for. */
const plugins: PluginModule = { contract: 1, symmetryBreaking: [myPluginBreaking] };

export default plugins;
export { myPluginBreaking };
