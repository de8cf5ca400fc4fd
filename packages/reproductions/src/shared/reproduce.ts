import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineInfo, RunEvent, Scale } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { atomicWrite } from '@basinlab/core/store';
import { usageError, version } from '@basinlab/experiments';
import type { Reproduction, Summary } from './contract.js';
import { writeReport } from './write-report.js';

export interface ReproduceOptions {
  readonly reproduction: Reproduction;
  readonly config: unknown;
  readonly scale: Scale;
  readonly out: string;
  /** Start over, whatever is in `out`. */
  readonly fresh: boolean;
  /** What the user could type to do this again. */
  readonly command: string;
  readonly engine: EngineInfo;
  readonly registry: Registry;
  readonly signal: AbortSignal;
  /** When the command began, in milliseconds of `performance.now()`. */
  readonly since: number;
  emit(event: RunEvent): void;
}

/** Runs a reproduction and writes `summary.json`, its result files, figures and `report.html`; the summary comes last, so that its presence says that all is there. */
export async function reproduce(options: ReproduceOptions): Promise<{ summary: Summary; report: string }> {
  const { reproduction, config, scale, out, fresh, engine, registry, signal, emit } = options;
  await mkdir(out, { recursive: true });
  await claim(options);
  if (fresh) await rm(join(out, 'populations'), { recursive: true, force: true });
  await rm(join(out, 'summary.json'), { force: true });
  const result = await reproduction.run(config, { scale, out, engine, registry, signal, emit });
  const summary: Summary = {
    id: reproduction.id,
    scale,
    engine: engine.id,
    engineDetails: engine,
    version,
    command: options.command,
    config,
    seeds: result.seeds,
    seconds: Math.round(performance.now() - options.since) / 1000,
    rows: result.rows,
    details: result.details,
  };
  const report = await writeReport(reproduction, summary, out);
  await atomicWrite(join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return { summary, report };
}

/** Notes in the folder what is being made there; refuses a folder that holds the beginnings of something else, before anything is touched. */
async function claim({ reproduction, config, out, fresh }: ReproduceOptions): Promise<void> {
  const path = join(out, 'config.json');
  const mine = `${JSON.stringify({ reproduction: reproduction.id, config }, null, 2)}\n`;
  const there = await readFile(path, 'utf8').catch(() => null);
  if (there !== null && there !== mine && !fresh) {
    throw usageError(
      out,
      'a folder that is new, or of the same reproduction and config',
      'one of another config',
      'Choose another --out, or start over with --fresh',
    );
  }
  await atomicWrite(path, mine);
}
