import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BasinlabError } from '@basinlab/core';

const run = promisify(execFile);

/** How long a controller may be away, in milliseconds: restarted, or failing over. */
const patience = 600_000;
const away =
  /Unable to contact slurm controller|Socket timed out|Connection refused|Communication connection failure|Zero Bytes were transmitted|Unexpected message received|slurm_load_jobs error: Invalid node|backup controller/i;

/** Runs a program of Slurm and gives what it prints. Waits for a controller that is away; throws for anything else. */
export async function slurm(program: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const since = performance.now();
  for (;;) {
    try {
      return (await run(program, [...args], { maxBuffer: 2 ** 28 })).stdout;
    } catch (error) {
      const { code, stderr = '' } = error as { code?: string; stderr?: string };
      if (code === 'ENOENT')
        throw new BasinlabError('slurm', `the program ${program}`, 'none in PATH', {
          remedy: 'Submit from a machine of the cluster',
          exitCode: 2,
        });
      if (!away.test(stderr) || performance.now() - since > patience)
        throw new BasinlabError('slurm', `${program} to succeed`, stderr.trim() || (error as Error).message, { cause: error });
    }
    await delay(2000, undefined, signal === undefined ? {} : { signal });
  }
}
