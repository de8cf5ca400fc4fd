import type { PluginModule } from '@basinlab/core/container';
import { myPluginMetric } from './my-plugin.js';

/** What `--plugin` loads: plugins by family, and the contract that they were written for. */
const plugins: PluginModule = { contract: 1, metric: [myPluginMetric] };

export default plugins;
export { myPluginMetric };
