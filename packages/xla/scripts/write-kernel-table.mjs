// Writes docs/kernels.md from the table of lowerings.
import { build } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { outputFiles } = await build({
  entryPoints: [at('src/kernels/table.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  conditions: ['basinlab-source'],
  logLevel: 'error',
  // Dependencies that call `require` for parts of Node.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('file:///');" },
});
const { kernelTable } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
writeFileSync(at('docs/kernels.md'), kernelTable());
