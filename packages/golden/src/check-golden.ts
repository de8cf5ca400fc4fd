import * as tf from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';
import { compareTensor, type Comparison } from './compare.js';
import type { GoldenCheck } from './contract.js';
import { kindOf, loadFixture, readIndex, type FixtureEntry } from './load-folder.js';

/** What became of one fixture. */
export interface FixtureReport {
  readonly id: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Largest error in units of its tolerance; absent where nothing was compared. */
  readonly worst?: Comparison;
  /** The line shown for it. */
  readonly line: string;
}

/** How every fixture fared. */
export interface GoldenReport {
  readonly fixtures: readonly FixtureReport[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Checks of fixtures, which fixtures, and who is told. */
export interface CheckGoldenOptions {
  readonly checks: readonly GoldenCheck[];
  /** Receives one line per fixture as it is done, then `N passed, N failed[, N skipped]`. */
  onLine?(line: string): void;
  /** Fixtures whose id fails this are left out entirely. Default: all. */
  readonly only?: (id: string) => boolean;
}

/**
 * Recomputes every fixture of a folder with an `index.json` from its inputs and compares with what is expected. Kinds that no check knows
 * are skipped; a fixture that cannot be read or computed has failed.
 * @throws BasinlabError where the folder has no readable index or two checks claim the same kind
 */
export async function checkGolden(folder: string, { checks, onLine, only }: CheckGoldenOptions): Promise<GoldenReport> {
  const byKind = new Map<string, GoldenCheck>();
  for (const check of checks) {
    for (const kind of check.kinds) {
      demand(!byKind.has(kind), 'check-golden', 'one check per kind', `two of ${kind}`);
      byKind.set(kind, check);
    }
  }
  const fixtures: FixtureReport[] = [];
  for (const entry of await readIndex(folder)) {
    if (only?.(entry.id) === false) continue;
    const report = await checkFixture(folder, entry, checkOf(byKind, entry.id));
    fixtures.push(report);
    onLine?.(report.line);
  }
  const count = (status: FixtureReport['status']) => fixtures.filter((fixture) => fixture.status === status).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  onLine?.(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return { fixtures, passed, failed, skipped };
}

/** The check of a fixture: the one that knows the longest beginning of its id, up to a dot. */
function checkOf(byKind: ReadonlyMap<string, GoldenCheck>, id: string): GoldenCheck | undefined {
  const parts = id.split('.');
  for (let length = parts.length; length > 0; length--) {
    const check = byKind.get(parts.slice(0, length).join('.'));
    if (check !== undefined) return check;
  }
  return undefined;
}

async function checkFixture(folder: string, entry: FixtureEntry, check: GoldenCheck | undefined): Promise<FixtureReport> {
  const { id } = entry;
  const skipped = (why: string): FixtureReport => ({ id, status: 'skipped', line: `skipped ${id}: ${why}` });
  if (check === undefined) return skipped(`no check knows the kind ${kindOf(id)}`);
  // Tensors that a check makes live until its fixture is done.
  tf.engine().startScope();
  try {
    const fixture = await loadFixture(folder, entry);
    const obstacle = check.unsupported?.(fixture);
    if (obstacle !== undefined) return skipped(obstacle);
    const got = await check.compute(fixture);
    const compared = Object.entries(fixture.expected).map(([name, expected]) => compareTensor(name, expected, got[name]));
    demand(compared.length > 0, id, 'at least one expected tensor', 'none');
    const worst = compared.reduce((a, b) => (b.ratio > a.ratio ? b : a));
    const wrong = compared.filter(({ ratio }) => ratio > 1).length;
    if (wrong === 0) {
      const summary = worst.ratio === 0 ? 'all exact' : `worst ${ratioText(worst.ratio)} of its tolerance, ${worst.name}`;
      return { id, status: 'passed', worst, line: `passed  ${id}: ${summary} (${compared.length} tensors)` };
    }
    const summary = `${worst.name}${worst.detail === '' ? '' : ` ${worst.detail}`}, ${ratioText(worst.ratio)} times its tolerance`;
    return { id, status: 'failed', worst, line: `failed  ${id}: ${summary} (${wrong} of ${compared.length} tensors)` };
  } catch (error) {
    return { id, status: 'failed', line: `failed  ${id}: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    tf.engine().endScope();
  }
}

const ratioText = (ratio: number): string => (Number.isFinite(ratio) ? Number(ratio.toPrecision(2)).toString() : 'infinitely many');
