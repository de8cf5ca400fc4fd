import { freemem } from 'node:os';
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Client, Plugin } from '../pjrt/index.js';
import { othersCanWrite } from '@basinlab/tensor/cache';
import { findPlugin, loadFound } from './find-plugin.js';
import type { FoundPlugin } from './list-plugins.js';
import { cacheFolder, platformKey, thisMachine, writableFolder } from './machine.js';
import type { Machine } from './machine.js';
import { findPip } from './pip.js';

/** One thing that was checked. */
export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do where it is not well. */
  readonly remedy?: string;
}

const oldestGlibc = 2.27;
const oldestNode = [20, 19] as const;
const enoughBytes = 1e9;

/**
 * Checks all that the XLA engine needs, from the operating system to a program's numbers; stops at the first link of the chain plugin, client,
 * program that breaks.
 * @param preference id or path of the plugin, as for `findPlugin`
 */
export async function doctor(preference?: string, machine: Machine = thisMachine): Promise<DoctorCheck[]> {
  const checks = [checkSystem(machine), checkNode(), checkCache(machine), ...checkRoom(machine), await checkPip(machine)];
  const install = `Run \`npx basinlab engine install ${preference ?? 'cpu'}\``;
  const step = async <T>(name: string, remedy: string, run: () => Promise<T> | T, describe: (value: T) => string): Promise<T | null> => {
    try {
      const value = await run();
      checks.push(value === null ? { name, ok: false, detail: 'none', remedy } : { name, ok: true, detail: describe(value) });
      return value;
    } catch (error) {
      checks.push({ name, ok: false, detail: messageOf(error), remedy });
      return null;
    }
  };
  const reinstall = 'Run `npm install` again without --omit=optional';
  const koffi = await step('koffi', reinstall, async () => (await import('koffi')).default.version, String);
  if (koffi === null) return checks;
  const found: FoundPlugin | null = await step(
    'plugin',
    install,
    () => findPlugin(preference, machine),
    (it) => `${it?.id} at ${it?.path} (${it?.source})`,
  );
  if (found === null) return checks;
  const open = () => loadFound(found, machine);
  const plugin: Plugin | null = await step('api', install, open, ({ apiVersion: { major, minor } }) => `PJRT C API ${major}.${minor}`);
  const client: Client | null =
    plugin &&
    (await step(
      'client',
      'Is the device there, and its driver new enough?',
      () => plugin.createClient(),
      (it) => [it.platform, ...it.devices.map((device) => device.description)].join(', '),
    ));
  if (client === null) return checks;
  await step(
    'program',
    `The plugin computes wrongly here. ${install}`,
    () => runProgram(client),
    (sum) => `1 + 2 = ${sum}`,
  );
  client.destroy();
  return checks;
}

function runProgram(client: Client): number {
  const type = 'tensor<f32>';
  const program = client.compile(`func.func @main(%a: ${type}, %b: ${type}) -> ${type} {
    %0 = stablehlo.add %a, %b : ${type}
    return %0 : ${type}
  }`);
  const [one, two] = [1, 2].map((value) => client.bufferFromHost(Float32Array.of(value), 'float32', []));
  const [sum] = program.execute([one!, two!]);
  const [result] = new Float32Array(sum!.toHostSync().buffer);
  if (result !== 3) throw new Error(`1 + 2 = ${String(result)}`);
  return result;
}

function checkSystem(machine: Machine): DoctorCheck {
  const name = 'system';
  const key = platformKey(machine);
  if (machine.platform !== 'linux') {
    return { name, ok: true, detail: key };
  }
  const header = (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header;
  const glibc = header?.glibcVersionRuntime;
  if (glibc === undefined) {
    return {
      name,
      ok: false,
      detail: `${key} without glibc`,
      remedy: 'Plugins are built for glibc: use a Debian, Ubuntu or Red Hat image instead of Alpine',
    };
  }
  const ok = Number(glibc.split('.')[0]) > 2 || Number(glibc.split('.')[1]) >= Number(String(oldestGlibc).split('.')[1]);
  return { name, ok, detail: `${key}, glibc ${glibc}`, ...(ok ? {} : { remedy: `Use a system with glibc ${oldestGlibc} or later` }) };
}

function checkNode(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return { name: 'node', ok, detail: process.versions.node, ...(ok ? {} : { remedy: `Install Node ${oldestNode.join('.')} or later` }) };
}

function checkCache(machine: Machine): DoctorCheck {
  try {
    const folder = writableFolder(cacheFolder(machine));
    const reason = othersCanWrite(folder);
    if (reason === null) return { name: 'cache', ok: true, detail: folder };
    return { name: 'cache', ok: false, detail: reason, remedy: 'No compiled code is taken from there: chmod go-w, or set BASINLAB_CACHE' };
  } catch (error) {
    return { name: 'cache', ok: false, detail: messageOf(error), remedy: 'Set BASINLAB_CACHE to a folder of your own' };
  }
}

function checkRoom(machine: Machine): DoctorCheck[] {
  let folder = cacheFolder(machine);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const check = (name: string, bytes: number, remedy: string): DoctorCheck => {
    const ok = bytes >= enoughBytes;
    return { name, ok, detail: `${(bytes / 1e9).toFixed(1)} GB free`, ...(ok ? {} : { remedy }) };
  };
  return [
    check('memory', freemem(), 'Close other programs: experiments need about 1 GB'),
    check('disk', bavail * bsize, 'Free 1 GB for the engine and the data sets, or set BASINLAB_CACHE to a folder on another disk'),
  ];
}

async function checkPip(machine: Machine): Promise<DoctorCheck> {
  const pip = await findPip(machine);
  if (pip !== null) return { name: 'pip', ok: true, detail: pip.join(' ') };
  return {
    name: 'pip',
    ok: false,
    detail: 'none',
    remedy: 'Only needed to install engines: install Python with pip, or pass a wheel with --wheel',
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
