import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobRecord } from '@basinlab/experiments';

/** A sweep of two runs that takes seconds, and long enough to be disturbed. */
export const smallSweep = (out: string, epochs = 12): string[] => [
  ...['sweep', '--engine', 'cpu', '--out', out, '--points', '3', '--grid', 'breaking.options.fixedScale=0,1'],
  ...[
    'dataset.id=gaussian-blobs',
    'architecture.options={"inputs":8,"widths":[16,16],"outputs":4}',
    `training.epochs=${epochs}`,
    'breaking.id=w',
    'breaking.options.fixedPerUnit=2',
  ].flatMap((setting) => ['--set', setting]),
];

/** Everything that a sweep found, by file: tables, checkpoints and outcomes. What tells of times and folders is left out. */
export const filesOf = (out: string): Map<string, string> =>
  new Map(
    readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(parquet|safetensors|csv)$|result\.json$/.test(file))
      .sort()
      .map((file) => [file, readFileSync(join(out, file)).toString('base64')]),
  );

/** What a job's process wrote last. */
export function recordOf(out: string, job: string): JobRecord | null {
  const path = join(out, 'jobs', 'state', `${job}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as JobRecord) : null;
}
