import { measurePair, type NamedRun, type MeasuredTables, type ParsedRequests } from '@basinlab/experiments';
import { whole, type CommandContext } from '../command.js';
import type { MeasureFlags } from '../commands/measure.js';
import { startEngine } from '../engines/select.js';
import { showProgress } from '../progress/progress-line.js';

/** Measures two models as a pair, and shows how far it is. */
export function measureAcross(
  runs: readonly NamedRun[],
  requests: ParsedRequests,
  flags: Pick<MeasureFlags, 'split' | 'epoch' | 'epochs' | 'samples' | 'seed' | 'engine' | 'out'>,
  { terminal, signal }: CommandContext,
): Promise<MeasuredTables> {
  const epoch = flags.epoch ?? flags.epochs;
  const work = measurePair({
    ...requests,
    ...{ runs: runs as [NamedRun, NamedRun], splits: flags.split, out: flags.out, signal },
    ...{ samples: whole('--samples', flags.samples, 2), seed: whole('--seed', flags.seed, 0) },
    epoch: epoch === undefined ? undefined : whole('--epoch', epoch, 0),
    engine: (registry) => startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line)),
  });
  return showProgress(work, terminal);
}
