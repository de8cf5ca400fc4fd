import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';
import { commandsOf, inFolder, root } from './testing/snippets.fixture.js';

const examples = join(root, 'examples');
const python = process.env['BASINLAB_PYTHON'] ?? 'python3';
const has = (modules: string): boolean => {
  try {
    execFileSync(python, ['-c', `import ${modules}`], { stdio: 'ignore', timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
};
const deno =
  process.env['BASINLAB_DENO'] ??
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'deno'))
    .find((file) => existsSync(file));
const isBuilt = existsSync(join(root, 'packages/rebasin/dist/index.js'));

/** The test itself, or one that is skipped for a reason that is told. */
const testIf = (reason: string | undefined): typeof test | typeof test.skip => {
  if (reason !== undefined) process.stderr.write(`notebooks: one is skipped, because ${reason}\n`);
  return reason === undefined ? test : test.skip;
};

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[]; readonly outputs?: readonly Output[] }[];
}
interface Output {
  readonly data?: Readonly<Record<string, string>>;
  readonly text?: string;
}

const read = (name: string): Notebook => JSON.parse(readFileSync(join(examples, name), 'utf8')) as Notebook;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-notebook-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs every cell in a kernel, started in `cwd`; an exception in one fails. Returns what all of them show. */
function execute(name: string, cwd: string, env: Readonly<Record<string, string>>): Output[] {
  const program = `
import json, sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=300, resources={'metadata': {'path': sys.argv[2]}}).execute()
print(json.dumps([output for cell in notebook.cells for output in cell.get('outputs', [])]))`;
  const out = execFileSync(python, ['-c', program, join(examples, name), cwd], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
  });
  return JSON.parse(out) as Output[];
}

test.each(['read-a-run.ipynb', 'two-networks.ipynb'])('%s is kept without what it shows', (name) => {
  expect(read(name).cells.flatMap(({ outputs = [] }) => outputs)).toEqual([]);
});

testIf(
  has('nbclient, nbformat, ipykernel, pyarrow, safetensors, duckdb, pandas, matplotlib')
    ? undefined
    : `${python} has no nbclient, ipykernel, pyarrow, safetensors, duckdb, pandas and matplotlib`,
)(
  'read-a-run.ipynb reads what its commands write, and draws it',
  async () => {
    const runs = join(folder, 'runs');
    mkdirSync(runs);
    const [introduction] = read('read-a-run.ipynb').cells;
    for (const words of commandsOf(introduction!.source.join(''))) expect((await inProcess(...inFolder(words, runs))).code).toBe(0);
    const shown = execute('read-a-run.ipynb', folder, {});
    const texts = shown.flatMap(({ data, text }) => [text ?? '', data?.['text/plain'] ?? '']).join('\n');
    expect(texts).toMatch(/none +0\.\d+\nweight-matching +0\.\d+/);
    expect(texts).toMatch(/neurons of one place: -?0\.\d+ +best partner: 0\.\d+/);
    expect(shown.some(({ data }) => data?.['image/png'] !== undefined)).toBe(true);
  },
  300_000,
);

testIf(
  deno === undefined
    ? 'no deno is on PATH and BASINLAB_DENO is not set'
    : !has('nbclient, nbformat')
      ? `${python} has no nbclient`
      : isBuilt
        ? undefined
        : 'the packages are not built',
)(
  "two-networks.ipynb trains, aligns and draws in Deno's kernel",
  () => {
    const kernel = join(folder, 'kernels/deno');
    mkdirSync(kernel, { recursive: true });
    const argv = [deno!, 'jupyter', '--kernel', '--conn', '{connection_file}'];
    writeFileSync(join(kernel, 'kernel.json'), JSON.stringify({ argv, display_name: 'Deno', language: 'typescript' }));
    const shown = execute('two-networks.ipynb', examples, { JUPYTER_PATH: folder });
    const barriers = shown.map(({ data }) => data?.['text/plain'] ?? '').find((text) => text.includes('barrier'))!;
    const [trained, aligned] = [...barriers.matchAll(/barrier (\d\.\d+)/g)].map(([, value]) => Number(value));
    expect(trained).toBeGreaterThan(0.1);
    expect(aligned).toBeLessThan(trained! / 5);
    expect(shown.some(({ data }) => data?.['image/svg+xml']?.includes('<svg'))).toBe(true);
  },
  300_000,
);
