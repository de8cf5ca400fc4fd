import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

// `script` of util-linux runs a program on a terminal of its own.
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
if (!hasTerminal) process.stderr.write('prompts on a terminal: skipped, because there is no `script` of util-linux\n');

const [down, enter, controlC] = ['\u001b[B', '\r', '\u0003'];

(hasTerminal ? describe : describe.skip)('on a terminal', () => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'basinlab-prompts-'));
    // Beside the templates, as the built package has it.
    program = join(import.meta.dirname, '..', 'dist', 'prompts-test.mjs');
    await build({
      stdin: {
        contents: "import { main } from './main.ts'; process.exitCode = await main(process.argv.slice(2));",
        resolveDir: import.meta.dirname,
      },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(program, { force: true });
  });

  /** Types each answer once its question has been asked. */
  async function converse(args: readonly string[], answers: readonly (readonly [question: string, ...keys: string[]])[]) {
    // A terminal of no width breaks lines after every letter.
    const line = `stty cols 100 rows 40; ${[process.execPath, program, ...args].map((word) => `'${word}'`).join(' ')}`;
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], { cwd: folder, stdio: 'pipe' });
    let text = '';
    let next = 0;
    let from = 0;
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
      const [question, ...keys] = answers[next] ?? [];
      const at = question === undefined ? -1 : text.indexOf(question, from);
      if (at === -1) return;
      next += 1;
      from = at + 1;
      for (const key of keys) child.stdin.write(key);
    });
    const [code] = (await once(child, 'exit')) as [number];
    return { code, text, asked: next };
  }

  test('asks for what flags leave open and makes what was answered', async () => {
    const { code, text, asked } = await converse(
      [],
      [
        ['What shall it be?', down, down, down, enter],
        ['Name of the package', '-ring', enter],
        ['What runs its tests?', down, down, enter],
        ['Folder', enter],
      ],
    );
    expect({ code, asked, text: code === 0 ? '' : text }).toEqual({ code: 0, asked: 4, text: '' });
    const made = join(folder, 'basinlab-plugin-dataset-ring');
    expect(readFileSync(join(made, 'src', 'dataset-ring.ts'), 'utf8')).toContain("id: 'dataset-ring'");
    expect(readFileSync(join(made, 'package.json'), 'utf8')).toContain('node --test');
  });

  test('Ctrl-C makes nothing', async () => {
    const { code, text } = await converse(['--family', 'schedule'], [['Name of the package', controlC]]);
    expect([code, text]).toEqual([1, expect.stringContaining('Nothing was made.')]);
    expect(existsSync(join(folder, 'basinlab-plugin-schedule'))).toBe(false);
  });
});
