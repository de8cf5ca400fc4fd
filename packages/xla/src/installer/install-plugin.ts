import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BasinlabError } from '@basinlab/tensor';
import { othersCanChange } from '@basinlab/tensor/cache';
import { buildFor, knownPlugin } from './known-plugins.js';
import type { FolderBuild, KnownPlugin, WheelBuild } from './known-plugins.js';
import { cacheFolder, thisMachine, writableFolder } from './machine.js';
import type { Machine } from './machine.js';
import { libraryDamage } from './library-check.js';
import { fillFolder } from './partial-folder.js';
import { platformOptions, runPip } from './pip.js';
import { downloadWheel } from './download-wheel.js';
import type { InstallProgress } from './download-wheel.js';
import { requireSha256, unpackWheel } from './wheel.js';

/** Options of an installation. */
export interface InstallOptions {
  readonly onProgress?: (progress: InstallProgress) => void;
  /** Aborting stops the download and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** A wheel that is at hand, instead of a download; its checksum is checked all the same. */
  readonly wheelPath?: string;
  readonly machine?: Machine;
  /** The plugins to choose from; the built-in table unless given. */
  readonly known?: readonly KnownPlugin[];
}

/** An installation's outcome. */
export interface InstallResult {
  readonly id: string;
  readonly version: string;
  /** Path of the shared library. */
  readonly path: string;
  /** False where it was there already. */
  readonly installed: boolean;
}

/** The folder of the cache that holds the plugins, each in a folder named by id and version. */
export const pluginsFolder = (machine: Machine): string => join(cacheFolder(machine), 'plugins');

/**
 * Fetches a plugin with the user's pip, checks it against the pinned checksum, and unpacks it into the cache. Where it is whole already it does
 * nothing; a damaged one is replaced.
 * @param id one of `knownPlugins`
 * @throws BasinlabError with a remedy: unknown id or platform, no pip, no network, a damaged wheel, a cache that cannot be written
 */
export async function installPlugin(id: string, options: InstallOptions = {}): Promise<InstallResult> {
  const { machine = thisMachine, known } = options;
  const build = buildFor(knownPlugin(id, known), machine);
  const parent = pluginsFolder(machine);
  const target = join(parent, `${id}-${build.version}`);
  const path = join(target, build.library);
  const result = { id, version: build.version, path };
  const there = existsSync(target);
  if (existsSync(path) && (await isWhole(path, build.librarySha256, machine))) return { ...result, installed: false };
  writableFolder(parent);
  const command = `engine install ${id}`;
  const installed = await fillFolder(
    parent,
    target,
    async (folder, scratch) => {
      await mkdir(folder, { mode: 0o755 });
      if (build.kind === 'wheel') await fillFromWheel(command, build, folder, scratch, machine, options);
      else await fillFromPip(command, build, folder, scratch, machine, options);
      if (!existsSync(join(folder, build.library))) {
        throw new BasinlabError(command, `a wheel that holds ${build.library}`, readdirSync(folder), {
          remedy: 'Is it the wheel of this plugin?',
        });
      }
      await requireSha256(command, join(folder, build.library), build.librarySha256, options.signal);
    },
    { replace: there },
  );
  return { ...result, installed };
}

/** Whether the library is the pinned one and a file of its own; whoever asks for an installation has the time to read it. */
async function isWhole(path: string, sha256: string, machine: Machine): Promise<boolean> {
  const isLink = othersCanChange(path, cacheFolder(machine))?.endsWith('is a link') === true;
  return !isLink && (await libraryDamage(path, sha256, { again: true })) === null;
}

async function fillFromWheel(
  command: string,
  build: WheelBuild,
  folder: string,
  scratch: string,
  machine: Machine,
  { onProgress, signal, wheelPath }: InstallOptions,
): Promise<void> {
  const wheel = wheelPath ?? (await downloadWheel(command, build, scratch, { machine, onProgress, signal }));
  const total = build.bytes;
  onProgress?.({ phase: 'check', bytes: total, total });
  await requireSha256(command, wheel, build.sha256, signal);
  onProgress?.({ phase: 'unpack', bytes: total, total });
  await unpackWheel(command, wheel, folder, { signal });
}

// pip matches platform tags exactly; the wheels of one CUDA release carry different ones.
const linuxTags = [
  'linux',
  'manylinux1',
  'manylinux2010',
  'manylinux2014',
  ...Array.from({ length: 35 }, (_, i) => `manylinux_2_${i + 5}`),
].map((tag) => `${tag}_x86_64`);

async function fillFromPip(
  command: string,
  build: FolderBuild,
  folder: string,
  scratch: string,
  machine: Machine,
  { onProgress, signal, wheelPath }: InstallOptions,
): Promise<void> {
  if (wheelPath !== undefined) {
    throw new BasinlabError(command, 'several wheels, which only pip can choose', wheelPath, {
      remedy: 'Set pip up to find them (pip config set global.find-links FOLDER)',
      exitCode: 2,
    });
  }
  const total = build.bytes;
  const words = [
    'install',
    ...build.requirements,
    '--no-deps',
    '--target',
    folder,
    '--no-compile',
    '--python-version',
    '3.12',
    ...platformOptions(linuxTags),
  ];
  const onBytes = onProgress && ((bytes: number) => onProgress({ phase: 'download', bytes: Math.min(bytes, total), total }));
  await runPip(command, words, { machine, folder: scratch, onBytes, signal });
  onProgress?.({ phase: 'check', bytes: total, total });
  await rm(join(folder, 'bin'), { recursive: true, force: true });
}
