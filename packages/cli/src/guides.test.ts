import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families } from '@basinlab/core/container';
import { inProcess } from './testing/run-cli.fixture.js';
import { commandsOf, inFolder, root, runScript, snippetsOf, typeErrors } from './testing/snippets.fixture.js';
import { text } from './testing/words.fixture.js';

const guides = join(root, 'docs/guides');
const pages = readdirSync(guides).filter((name) => name.endsWith('.md'));
const read = (name: string): string => readFileSync(join(guides, name), 'utf8');

const python = process.env['BASINLAB_PYTHON'] ?? 'python3';
const hasReaders = (): boolean => {
  try {
    execFileSync(python, ['-c', 'import pyarrow, safetensors, duckdb, pandas'], { stdio: 'ignore', timeout: 60_000 });
    return true;
  } catch {
    process.stderr.write(`guides: Python snippets are skipped, because ${python} has no pyarrow, safetensors, duckdb and pandas\n`);
    return false;
  }
};
const pythonTest = hasReaders() ? test : test.skip;

/** Lines of a shell block that no test runs: they install. */
const installs = /^(npm ci|npm run build|npm install |pip install )/;

describe.each(pages)('docs/guides/%s', (name) => {
  const page = read(name);
  const snippets = snippetsOf(page);
  const of = (...languages: string[]) => snippets.filter(({ language }) => languages.includes(language));
  const place = mkdtempSync(join(tmpdir(), 'basinlab-guide-'));
  const runs = join(place, 'runs');
  beforeAll(() => {
    mkdirSync(runs);
    writeFileSync(join(place, 'input.txt'), text);
  });
  afterAll(() => rmSync(place, { recursive: true }));

  test('shows only code that is run', () => {
    expect(snippets.map(({ language }) => language).filter((language) => !['sh', 'js', 'ts', 'python'].includes(language))).toEqual([]);
    const lines = of('sh').flatMap(({ code }) => code.trim().split('\n'));
    expect(lines.filter((line) => !line.startsWith('npx basinlab') && !installs.test(line))).toEqual([]);
  });

  test('its commands do what they say', async () => {
    for (const words of commandsOf(
      of('sh')
        .map(({ code }) => code)
        .join('\n'),
    )) {
      // Installing and fetching download: only that there is such an engine or data set is checked.
      const given = /^(engine install|data fetch) /.test(words.join(' ')) ? [words[0]!, 'list'] : words;
      const ofText = words[1]?.startsWith('shakespeare') ? { directory: place, verify: false } : {};
      const settings = Object.entries(ofText).flatMap(([name, value]) => ['--set', `dataset.options.${name}=${value}`]);
      const { code, out, log } = await inProcess(...inFolder(given, runs), ...settings);
      expect({ words, code, log: code === 0 ? '' : log }).toEqual({ words, code: 0, log: '' });
      if (given !== words) expect(out).toContain(words[2]);
    }
  }, 600_000);

  test('its scripts are of right types, and run', async () => {
    for (const { language, code } of of('ts', 'js')) {
      if (language === 'ts') expect(await typeErrors(code)).toBe('');
      await runScript(code, language as 'ts' | 'js', place);
    }
  }, 300_000);

  pythonTest('its Python reads what the commands wrote', () => {
    const code = of('python')
      .map((snippet) => snippet.code)
      .join('\n');
    if (code !== '') expect(execFileSync(python, ['-c', code], { cwd: place, encoding: 'utf8' })).not.toBe('');
  });
});

test('docs/guides/families.md has every family that there is', () => {
  const table = [...read('families.md').matchAll(/^\| `(\w+)`/gm)].map(([, family]) => family!);
  expect(new Set(table)).toEqual(new Set(families));
});
