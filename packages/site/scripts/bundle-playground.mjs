// Bundles the page: node scripts/bundle-playground.mjs [FOLDER]. From the packages as they are published (dist), or with
// `conditions: ['basinlab-source']` from their sources.
import { build } from 'esbuild';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/playground/', import.meta.url));
const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

/** Writes the page's files into a folder that is emptied first. An import of Node's own modules anywhere fails it. */
export async function bundlePlayground(folder, { conditions = [] } = {}) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(source, 'page.ts'), join(source, 'page.css')],
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    conditions,
    logLevel: 'warning',
  });
  await copyFile(join(source, 'index.html'), join(folder, 'index.html'));
  for (const name of ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm']) await copyFile(join(wasm, name), join(folder, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await bundlePlayground(process.argv[2] ?? fileURLToPath(new URL('../dist/playground', import.meta.url)));
