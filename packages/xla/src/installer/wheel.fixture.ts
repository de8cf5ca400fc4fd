import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import type { KnownPlugin } from './index.js';

/** A small shared library of this machine: koffi's own. */
export const smallLibrary = (): Uint8Array => {
  const root = dirname(createRequire(import.meta.url).resolve('koffi'));
  const name = `koffi-linux-${process.arch}`;
  return readFileSync(join(root, '..', '@koromix', name, `linux_${process.arch}`, 'koffi.node'));
};

/** Writes a wheel that pip accepts, holding `files`, and gives its path. */
export function writeWheel(folder: string, files: Record<string, Uint8Array>): string {
  const metadata = 'Metadata-Version: 2.1\nName: demo-pjrt\nVersion: 1.0\n';
  const tag = 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-manylinux_2_27_x86_64\n';
  const info = 'demo_pjrt-1.0.dist-info';
  const path = join(folder, 'demo_pjrt-1.0-py3-none-manylinux_2_27_x86_64.whl');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path,
    zip({
      ...files,
      [`${info}/METADATA`]: Buffer.from(metadata),
      [`${info}/WHEEL`]: Buffer.from(tag),
      [`${info}/RECORD`]: Buffer.alloc(0),
    }),
  );
  return path;
}

/** A table with one plugin, whose wheel is the file at `wheel`. */
export function demoTable(wheel: string, library: string, inside = smallLibrary()): KnownPlugin[] {
  const content = readFileSync(wheel);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const build = {
    kind: 'wheel',
    wheel: 'demo-pjrt',
    version: '1.0',
    tag: 'manylinux_2_27_x86_64',
    sha256,
    bytes: content.length,
    library,
    librarySha256: createHash('sha256').update(inside).digest('hex'),
  } as const;
  return [{ id: 'demo', title: 'Demo', license: 'MIT', builds: { 'linux-x64': build }, inSitePackages: [] }];
}

function zip(files: Record<string, Uint8Array>): Buffer {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content, { level: 1 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
