import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * Bundles the command's sources into a folder and says how it is started: for tests that start it dozens of times, in a quarter of the time that the sources take.
 * Packages of others stay outside.
 */
export async function bundleCli(folder: string): Promise<readonly string[]> {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  cpSync(join(root, 'packages/cli/package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const outfile = join(folder, 'bin', 'basinlab.mjs');
  await build({
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', conditions: ['basinlab-source'], outfile, logLevel: 'error' },
    stdin: { contents: `import { main } from './packages/cli/src/main.ts'; await main(process.argv.slice(2));`, resolveDir: root },
    plugins: [
      {
        name: 'packages of others',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path }) => (path.startsWith('@basinlab/') ? undefined : { path, external: true })),
      },
    ],
  });
  return [process.execPath, '--no-warnings', outfile];
}
