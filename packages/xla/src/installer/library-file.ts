import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Machine } from './machine.js';

const elfMachines: Partial<Record<string, number>> = { x64: 62, arm64: 183 };

/** Why the file at `path` cannot be a shared library for this machine (by its header, nothing is loaded), or null. */
export function libraryProblem(path: string, { platform, arch }: Machine): string | null {
  const header = Buffer.alloc(64);
  let size: number;
  try {
    size = statSync(path).size;
    const file = openSync(path, 'r');
    readSync(file, header, 0, header.length, 0);
    closeSync(file);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (platform !== 'linux') return null;
  if (header.toString('latin1', 0, 4) !== '\x7fELF' || header[4] !== 2) return 'not a 64-bit ELF library';
  if (header.readUInt16LE(18) !== elfMachines[arch]) return `built for another processor than ${arch}`;
  // The table of sections ends an ELF file.
  const end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
  return end > size ? `cut off: ${size} of ${end} bytes` : null;
}
