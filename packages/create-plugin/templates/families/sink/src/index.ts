import type { PluginModule } from '@basinlab/core/container';
import { myPluginSink } from './my-plugin.js';

/** What `--plugin` loads: plugins by family, and the contract that they were written for. */
const plugins: PluginModule = { contract: 1, sink: [myPluginSink] };

export default plugins;
export { myPluginSink };
