import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Baselines run as their users start them: without what this process was started again with. */
export const plainEnvironment = { ...process.env, GLIBC_TUNABLES: undefined, BASINLAB_RESTART: undefined };

/**
 * Runs one baseline program for one job: rows { baseline, seconds }. A library that this Python lacks gives no row and one line on stderr.
 */
export function runBaseline(python, program, job, tensors) {
  const script = fileURLToPath(new URL(`baselines/${program}.py`, import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(python, [script, job, tensors], { encoding: 'utf8', env: plainEnvironment });
  if (error !== undefined) throw new Error(`bench: --python must name a Python interpreter, got ${python} (${error.message})`);
  if (status !== 0) {
    console.error(`${job}: no baseline from ${program}: ${stderr.trim().split('\n').at(-1)}`);
    return [];
  }
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
