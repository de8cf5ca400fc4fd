import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BasinlabError } from '@basinlab/tensor';
import type { Machine } from './machine.js';
import { platformOptions, runPip } from './pip.js';

/** How far an installation is. */
export interface InstallProgress {
  readonly phase: 'download' | 'check' | 'unpack' | 'build';
  /** Bytes downloaded so far. */
  readonly bytes: number;
  /** About how many there will be. */
  readonly total: number;
}

/** Which wheel to fetch. */
export interface WheelName {
  readonly wheel: string;
  readonly version: string;
  /** Platform tag, so that the same file arrives whatever Python pip belongs to. */
  readonly tag: string;
  /** Version of CPython, such as `3.12`, where the wheel is made for one. */
  readonly python?: string;
  readonly bytes: number;
}

/** Downloads one wheel into `folder` with the user's pip; gives its path. */
export async function downloadWheel(
  command: string,
  { wheel, version, tag, python, bytes: total }: WheelName,
  folder: string,
  {
    machine,
    onProgress,
    signal,
  }: { machine: Machine; onProgress?: ((progress: InstallProgress) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<string> {
  const words = ['download', `${wheel}==${version}`, '--no-deps', '--dest', folder, ...platformOptions([tag])];
  if (python !== undefined) words.push('--python-version', python, '--implementation', 'cp', '--abi', `cp${python.replace('.', '')}`);
  const onBytes = onProgress && ((bytes: number) => onProgress({ phase: 'download', bytes: Math.min(bytes, total), total }));
  await runPip(command, words, { machine, folder, onBytes, signal });
  const name = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (name === undefined) throw new BasinlabError(command, 'pip to leave a wheel', readdirSync(folder));
  return join(folder, name);
}
