import { measureRuns, type MeasuredTables, type NamedRun, type ParsedRequests } from '@basinlab/experiments';
import { whole, type CommandContext } from '../command.js';
import type { MeasureFlags } from '../commands/measure.js';
import { startEngine } from '../engines/select.js';
import { showProgress } from '../progress/progress-line.js';

/** Measures opened runs, or two models as a pair, and shows how far it is. */
export function measureOpened(
  runs: readonly NamedRun[],
  requests: ParsedRequests,
  flags: Pick<MeasureFlags, 'split' | 'epoch' | 'epochs' | 'samples' | 'seed' | 'engine' | 'out'>,
  { terminal, signal }: CommandContext,
): Promise<MeasuredTables> {
  const epochs = flags.epochs ?? flags.epoch;
  const work = measureRuns({
    ...requests,
    ...{ runs, splits: flags.split, out: flags.out, signal },
    ...{ samples: whole('--samples', flags.samples, 2), seed: whole('--seed', flags.seed, 0) },
    epochs:
      epochs === undefined || epochs === 'last' || epochs === 'all' ? epochs : epochs.split(',').map((part) => whole('--epochs', part, 0)),
    engine: (registry) => startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line)),
  });
  return showProgress(work, terminal);
}
