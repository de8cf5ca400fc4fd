import type { Computation } from '../../shared/contract.js';
import { configSchema, defaults, type ConnectivityMnistConfig } from './config.js';
import { presentReport, terminalTable } from './present.js';
import { run } from './run.js';

/** Paper B's curves and certificates on trained networks, which it leaves open. */
export const connectivityMnist: Computation<ConnectivityMnistConfig> = {
  id: 'connectivity-mnist',
  config: configSchema,
  defaults,
  run,
  table: terminalTable,
  report: presentReport,
};
