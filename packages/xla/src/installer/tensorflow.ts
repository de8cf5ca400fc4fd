/**
 * The engine `tensorflow`: tfjs-node's add-on, built against a current TensorFlow. The add-on's own installer fetches a TensorFlow that no longer
 * fits current systems; its source compiles unchanged against the libraries inside TensorFlow's Python wheel.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BasinlabError } from '@basinlab/tensor';
import { runCommand } from './command.js';
import { downloadWheel } from './download-wheel.js';
import type { InstallOptions } from './install-plugin.js';
import { cacheFolder, platformKey, thisMachine, writableFolder } from './machine.js';
import type { Machine } from './machine.js';
import { fillFolder } from './partial-folder.js';
import { requireSha256, unpackWheel } from './wheel.js';

const command = 'engine install tensorflow';
const addOn = '@tensorflow/tfjs-node';
const npmPackages = [`${addOn}@4.22.0`, 'node-api-headers@1.9.0'];
const wheel = {
  wheel: 'tensorflow',
  version: '2.21.0',
  python: '3.12',
  tag: 'manylinux_2_27_x86_64',
  bytes: 572611111,
  sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
};
const headers = ['tensorflow/c/', 'tensorflow/core/platform/', 'xla/tsl/c/', 'tsl/'].map((part) => `tensorflow/include/${part}`);
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const binding = join('lib', 'napi-v8', 'tfjs_binding.node');
const compilers = ['g++', 'c++', 'clang++'];

const targetFolder = (machine: Machine): string => join(cacheFolder(machine), `tensorflow-${wheel.version}-tfjs-4.22.0`);
const moduleFolder = (root: string): string => join(root, 'node_modules', ...addOn.split('/'));

/**
 * A module that registers the tfjs backend `tensorflow` when imported: tfjs-node-gpu or tfjs-node as the user has installed it (with its add-on
 * built), else the one that `installTensorflow` made.
 * @returns a file URL for `import()`, or null where there is none
 */
export function findTensorflow(machine: Machine = thisMachine): string | null {
  const from = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href];
  for (const name of [`${addOn}-gpu`, addOn]) {
    for (const place of from) {
      const entry = resolveFrom(place, name);
      if (entry !== null && existsSync(join(dirname(dirname(entry)), binding))) return pathToFileURL(entry).href;
    }
  }
  const folder = moduleFolder(targetFolder(machine));
  return existsSync(join(folder, binding)) ? pathToFileURL(join(folder, 'dist', 'index.js')).href : null;
}

/**
 * Makes the engine in the cache: npm fetches tfjs-node without running its installer, pip fetches TensorFlow (0.6 GB, 1.3 GB unpacked), and one
 * compiler call builds the add-on.
 * @returns the module as `findTensorflow` gives it, and whether it was made now
 * @throws BasinlabError with a remedy: another platform, no compiler, npm or pip, a damaged wheel
 */
export async function installTensorflow(options: InstallOptions = {}): Promise<{ module: string; installed: boolean }> {
  const { machine = thisMachine, onProgress, signal, wheelPath } = options;
  if (platformKey(machine) !== 'linux-x64') throw new BasinlabError(command, 'the platform linux-x64', platformKey(machine));
  // tfjs-node 4.22 calls functions of node:util that Node 23 removed.
  if (Number.parseInt(process.versions.node) >= 23) throw new BasinlabError(command, 'Node 22 or older', process.versions.node);
  const target = targetFolder(machine);
  const entry = pathToFileURL(join(moduleFolder(target), 'dist', 'index.js')).href;
  if (existsSync(target)) return { module: entry, installed: false };
  const compiler = await findCompiler(machine);
  const parent = writableFolder(cacheFolder(machine));
  const installed = await fillFolder(parent, target, async (folder, scratch) => {
    await mkdir(folder);
    await npmInstall(folder, machine, signal);
    const file = wheelPath ?? (await downloadWheel(command, wheel, scratch, { machine, onProgress, signal }));
    const total = wheel.bytes;
    onProgress?.({ phase: 'check', bytes: total, total });
    await requireSha256(command, file, wheel.sha256, signal);
    onProgress?.({ phase: 'unpack', bytes: total, total });
    const wanted = (name: string) => libraries.includes(name.replace('tensorflow/', '')) || headers.some((part) => name.startsWith(part));
    await unpackWheel(command, file, folder, { signal, wanted });
    onProgress?.({ phase: 'build', bytes: total, total });
    await compile(compiler, folder, machine, signal);
    await rm(join(folder, 'tensorflow', 'include'), { recursive: true });
  });
  return { module: entry, installed };
}

/** The first C++ compiler on the PATH. */
export async function findCompiler({ env }: Machine): Promise<string> {
  for (const name of compilers) if ((await runCommand([name, '--version'], { env })).code === 0) return name;
  throw new BasinlabError(command, 'a C++ compiler on the PATH', `none of ${compilers.join(', ')}`, {
    remedy: 'Install one, for example with `apt install g++`',
  });
}

async function npmInstall(folder: string, { env }: Machine, signal?: AbortSignal): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', ...npmPackages];
  const { code, stderr } = await runCommand(['npm', ...words], { env, cwd: folder, signal });
  if (code === 0) return;
  throw new BasinlabError(command, '`npm install` to succeed', stderr.trim().split('\n').slice(-3).join(' '), {
    remedy: "Check the network and npm's registry setting",
  });
}

async function compile(compiler: string, folder: string, { env }: Machine, signal?: AbortSignal): Promise<void> {
  const source = moduleFolder(folder);
  const output = join(source, binding);
  await mkdir(dirname(output), { recursive: true });
  const tensorflow = join(folder, 'tensorflow');
  const words = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-o', output],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, 'binding', file)),
    ...[source, join(folder, 'node_modules', 'node-api-headers', 'include'), join(tensorflow, 'include')].map((path) => `-I${path}`),
    ...[`-L${tensorflow}`, ...libraries.map((name) => `-l:${name}`)],
    // From lib/napi-v8 of the module up to the folder: the folder is moved when it is complete.
    '-Wl,-rpath,$ORIGIN/../../../../../tensorflow',
  ];
  const { code, stderr } = await runCommand([compiler, ...words], { env, signal });
  if (code !== 0)
    throw new BasinlabError(command, `${compiler} to build tfjs-node's add-on`, stderr.trim().split('\n').slice(0, 3).join(' '));
}

function resolveFrom(place: string, name: string): string | null {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return null;
  }
}
