import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reproduction } from '@basinlab/core';
import { atomicWrite } from '@basinlab/core/store';
import { applyOverrides, parseConfig, usageError, version } from '@basinlab/experiments';
import { renderReport } from '@basinlab/report';
import type { Computation, Summary } from './contract.js';
import type { ReproduceOptions } from './reproduce.js';

/** A reproduction that a computation makes. */
export interface ComputedReproduction extends Reproduction {
  readonly computation: Computation;
}

export type ComputationFacts = Pick<Reproduction, 'title' | 'paper' | 'where' | 'summary' | 'cost'>;

/** A computation with what lists say of it. */
export function reproductionOf<C>(computation: Computation<C>, facts: ComputationFacts): ComputedReproduction {
  return {
    ...facts,
    id: computation.id,
    status: 'available',
    settings: computation.config,
    scale: (scale) => computation.defaults(scale),
    summarize: () => [],
    claims: [],
    figures: [],
    computation: computation as Computation,
  };
}

export const isComputed = (reproduction: Reproduction): reproduction is ComputedReproduction => 'computation' in reproduction;

/** Runs a computation and writes its result files, figures, `report.html` and last `summary.json`. */
export async function runComputation(
  { computation }: ComputedReproduction,
  { scale, set, out, fresh = false, command, engine, registry, signal, emit }: ReproduceOptions,
): Promise<{ summary: Summary; report: string }> {
  const began = performance.now();
  const config = parseConfig(computation.id, computation.config, applyOverrides(computation.defaults(scale), set));
  await mkdir(out, { recursive: true });
  await claim(out, computation.id, config, fresh);
  if (fresh) await rm(join(out, 'populations'), { recursive: true, force: true });
  await rm(join(out, 'summary.json'), { force: true });
  const { seeds, rows, details } = await computation.run(config, { scale, out, engine, registry, signal, emit });
  const seconds = Math.round(performance.now() - began) / 1000;
  const facts = { id: computation.id, scale, engine: engine.id, engineDetails: engine, version, command };
  const summary: Summary = { ...facts, config, seeds, seconds, rows, claims: [], details };
  const report = await writeComputationReport(computation, summary, out);
  await atomicWrite(join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return { summary, report };
}

/** Writes `report.html` and the figures of a finished computation into its folder. Returns the report's path. */
export async function writeComputationReport(computation: Computation, summary: Summary, out: string): Promise<string> {
  const { report, files } = await computation.report(summary, out);
  for (const [name, content] of Object.entries(files)) await atomicWrite(join(out, name), content);
  const path = join(out, 'report.html');
  await atomicWrite(path, renderReport(report));
  return path;
}

/** Notes in the folder what is being made there; refuses a folder that holds the beginnings of something else, before anything is touched. */
export async function claim(out: string, reproduction: string, config: unknown, fresh: boolean): Promise<void> {
  const path = join(out, 'config.json');
  const mine = `${JSON.stringify({ reproduction, config }, null, 2)}\n`;
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
