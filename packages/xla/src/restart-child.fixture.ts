// Starts again with its memory tuned and tells what became of it; ends with 7. The file of starts is of the process's id, which stays.
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allocateMemory, libcFunction } from './pjrt/memory.js';
import { restartWithTunedMemory } from './restart.js';

const starts = path.join(tmpdir(), `basinlab-starts-${process.pid}`);
appendFileSync(starts, '.');
restartWithTunedMemory();

const size = 64 * 2 ** 20;
libcFunction('memset', 'void *', ['void *', 'int', 'size_t'])(allocateMemory(size), 1, size);
const huge = [...readFileSync('/proc/self/smaps', 'utf8').matchAll(/^AnonHugePages: +(\d+) kB/gm)].reduce(
  (sum, [, kB]) => sum + Number(kB),
  0,
);

process.stdout.write(
  JSON.stringify({
    starts: readFileSync(starts, 'utf8').length,
    tunables: process.env['GLIBC_TUNABLES'] ?? '',
    args: process.argv.slice(2),
    title: process.title,
    canCollect: globalThis.gc !== undefined,
    input: readFileSync(0, 'utf8'),
    hugeKilobytes: huge,
  }),
);
rmSync(starts);
process.exitCode = 7;
