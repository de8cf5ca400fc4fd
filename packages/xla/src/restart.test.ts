import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { libcSymbol } from './pjrt/memory.js';

const child = fileURLToPath(new URL('restart-child.fixture.ts', import.meta.url));
const fromSource = ['--conditions=basinlab-source', '--import', new URL('../../../tools/source-loader.mjs', import.meta.url).href];
const isGlibc = process.platform === 'linux' && libcSymbol('gnu_get_libc_version') !== null;
if (!isGlibc) process.stderr.write('restart: not tested, because this is not Linux with glibc\n');

interface Told {
  readonly starts: number;
  readonly tunables: string;
  readonly args: readonly string[];
  readonly title: string;
  readonly canCollect: boolean;
  readonly input: string;
  readonly hugeKilobytes: number;
}

function run(environment: NodeJS.ProcessEnv = {}, args: readonly string[] = []): Told & { readonly status: number | null } {
  const env = { ...process.env, GLIBC_TUNABLES: undefined, BASINLAB_RESTART: undefined, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--title=tuned', '--no-warnings', ...fromSource, child, ...args], {
    ...{ env, input: 'through a pipe', encoding: 'utf8' },
  });
  if (status !== 7) throw new Error(`a child that ends with 7, got ${status}: ${stderr}`);
  return { ...(JSON.parse(stdout) as Told), status };
}

(isGlibc ? describe : describe.skip)('a process that starts again with its memory tuned', () => {
  test('keeps its id, arguments, flags of Node and standard streams, and can collect', () => {
    const { starts, tunables, args, title, canCollect, input, status } = run({}, ['a b', '--c=ü', '']);
    expect({ starts, args, title, canCollect, input, status }).toEqual({
      ...{ starts: 2, args: ['a b', '--c=ü', ''], title: 'tuned', canCollect: true, input: 'through a pipe', status: 7 },
    });
    expect(tunables).toContain('glibc.malloc.mmap_threshold=5242880');
  });

  test('has its arrays in huge pages where the kernel gives them to who asks', () => {
    const asks = readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').includes('[madvise]');
    const { hugeKilobytes } = run();
    if (asks) expect(hugeKilobytes).toBeGreaterThan(50_000);
    expect(run({ BASINLAB_RESTART: 'no' }).hugeKilobytes).toBeLessThan(50_000);
  });

  test('what the user has set stays, and BASINLAB_RESTART=no prevents all', () => {
    expect(run({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }).tunables).toMatch(/^glibc\.malloc\.hugetlb=0(?!.*hugetlb)/);
    expect(run({ BASINLAB_RESTART: 'no' })).toMatchObject({ starts: 1, tunables: '', canCollect: false });
  });

  test('a process that a tuned one starts is not taken for it', () => {
    expect(run({ BASINLAB_RESTART: '1' }).starts).toBe(2);
  });
});
