import type { Reproduction } from '../../shared/contract.js';
import { configSchema, defaults, type MnistMlpLmcConfig } from './config.js';
import { presentReport, terminalTable } from './present.js';
import { run } from './run.js';

/** The paper's central experiment: do populations with and without exchangeable neurons connect linearly, as they are and aligned? */
export const mnistMlpLmc: Reproduction<MnistMlpLmcConfig> = {
  id: 'mnist-mlp-lmc',
  config: configSchema,
  defaults,
  run,
  table: terminalTable,
  report: presentReport,
};
