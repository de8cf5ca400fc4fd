import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Code blocks of the guides: what a page shows is what a test runs.

export const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A code block of a page. */
export interface Snippet {
  readonly language: string;
  readonly code: string;
}

/** The code blocks of a page, in order. */
export const snippetsOf = (page: string): Snippet[] =>
  [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language, code]) => ({ language: language!, code: code! }));

/** The words of the page's lines `npx basinlab ...`, comments left out; quotes hold words together. */
export const commandsOf = (text: string): string[][] =>
  [...text.matchAll(/^npx basinlab ?(.*)$/gm)].map(([, line]) => wordsOf(line!.replace(/\s+#.*$/, '')));

const wordsOf = (line: string): string[] => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);

/** The words with the examples of the repository, and with `folder` in place of `runs`. */
export const inFolder = (words: readonly string[], folder: string): string[] =>
  words.map((word) => (word === 'runs' ? folder : word.replace('./examples', join(root, 'examples')).replace(/^runs\//, `${folder}/`)));

/** Runs code in the folder that holds `runs`, as a script of the repository would run: from the sources, in a process of its own. Returns what it prints. */
export async function runScript(code: string, language: 'js' | 'ts', cwd: string): Promise<string> {
  return withFile(code, language, async (file) => {
    const flags = ['--no-warnings', '--conditions=basinlab-source', '--import', join(root, 'tools/source-loader.mjs')];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { cwd, env: { ...process.env, NODE_OPTIONS: '' } });
    return stdout;
  });
}

/** What the compiler says against code; empty where it is content. */
export async function typeErrors(code: string): Promise<string> {
  return withFile(code, 'ts', async (file) => {
    const config = file.replace(/[^/]*$/, 'tsconfig.json');
    const compilerOptions = {
      composite: false,
      declaration: false,
      declarationMap: false,
      noEmit: true,
      customConditions: ['basinlab-source'],
      types: ['node'],
    };
    const unused = { noUnusedLocals: false, rootDir: root, typeRoots: [join(root, 'node_modules/@types')] };
    const options = { extends: join(root, 'tsconfig.base.json'), compilerOptions: { ...compilerOptions, ...unused }, files: [file] };
    writeFileSync(config, JSON.stringify(options));
    const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
    const said = await promisify(execFile)(process.execPath, [compiler, '-p', config]).catch((error: { stdout: string }) => error);
    return said.stdout;
  });
}

/** A file within the repository, so that it imports the packages by name, for as long as `use` takes. */
async function withFile<T>(code: string, language: 'js' | 'ts', use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(root, 'node_modules/.basinlab-snippet-'));
  const file = join(folder, `snippet.${language}`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(file, code);
  try {
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
