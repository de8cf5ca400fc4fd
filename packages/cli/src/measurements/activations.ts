import { resolve } from 'node:path';
import type { Registry } from '@basinlab/core/container';
import type { MeasuredRows } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { measureFile, parseRequests, tableOf, writeMeasurement } from '@basinlab/experiments';
import { whole, type CommandContext, type Outcome } from '../command.js';
import { askedBy, outcomeOf, type MeasureFlags } from '../commands/measure.js';
import { startEngine } from '../engines/select.js';

/** `basinlab measure --activations FILE`: what needs no weights, of activations captured elsewhere. */
export async function measureActivations(
  path: string,
  flags: MeasureFlags,
  registry: Registry,
  { terminal, signal }: CommandContext,
): Promise<Outcome> {
  const { requests } = parseRequests(askedBy(flags), registry);
  const engine = await startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line));
  const found: MeasuredRows[][] = requests.map(() => []);
  await drain(measureFile({ path: resolve(path), requests, seed: whole('--seed', flags.seed, 0) }), {
    signal,
    onEvent: (event) => {
      if (event.kind === 'measured') found[event.request]!.push(event);
    },
  });
  const tables = requests.map(({ measurement, options }, index) => ({ measurement, options, table: tableOf(measurement, found[index]!) }));
  const files: string[] = [];
  if (flags.out !== undefined) {
    const settings = { activations: resolve(path), engine: engine.id };
    for (const one of tables) files.push(...(await writeMeasurement({ directory: resolve(flags.out), ...one, settings })));
  }
  return outcomeOf(engine.id, tables, files);
}
