import { BasinlabError } from '@basinlab/tensor';
import { runCommand } from './command.js';
import type { CommandResult } from './command.js';
import { folderBytes } from './folder-bytes.js';
import type { Machine } from './machine.js';

const candidates: readonly (readonly string[])[] = [
  ['pip'],
  ['pip3'],
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['py', '-m', 'pip'],
  ['uvx', 'pip'],
];

/** Bytes that have arrived, of about how many. */
export type ByteProgress = (bytes: number) => void;

/** The user's pip, as a command; null where there is none that answers. */
export async function findPip({ env }: Machine): Promise<readonly string[] | null> {
  for (const command of candidates) if ((await runCommand([...command, '--version'], { env })).code === 0) return command;
  return null;
}

/**
 * Runs the user's pip, whose own settings say which index is asked. `folder` takes its temporary files, so that they can be watched and removed.
 * @throws BasinlabError where there is no pip, or with what pip said where it failed
 */
export async function runPip(
  id: string,
  words: readonly string[],
  {
    machine,
    folder,
    onBytes,
    signal,
  }: { machine: Machine; folder: string; onBytes?: ByteProgress | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const pip = await findPip(machine);
  if (pip === null) {
    throw new BasinlabError(id, 'pip on the PATH', `none of ${candidates.map((command) => command.join(' ')).join(', ')}`, {
      remedy: 'Install Python with pip, or download the wheel on another machine and pass its file with --wheel',
    });
  }
  const env = { ...machine.env, TMPDIR: folder, TEMP: folder, TMP: folder, PIP_DISABLE_PIP_VERSION_CHECK: '1', PYTHONUNBUFFERED: '1' };
  const watch = onBytes && setInterval(() => onBytes(folderBytes(folder)), 200);
  let result: CommandResult;
  try {
    result = await runCommand([...pip, ...words], { env, signal });
  } finally {
    clearInterval(watch);
  }
  if (result.code === 0) return;
  const said = result.stderr.trim().split('\n').slice(-3).join(' ');
  throw new BasinlabError(id, `\`${[...pip, ...words.slice(0, 2)].join(' ')}\` to succeed`, said || `exit code ${String(result.code)}`, {
    remedy: "Check the network and pip's index settings, or download the wheel on another machine and pass its file with --wheel",
  });
}

/** Options that make pip choose wheels for the platform alone, whichever Python it runs on. */
export function platformOptions(tags: readonly string[]): string[] {
  return ['--only-binary=:all:', ...tags.flatMap((tag) => ['--platform', tag])];
}
