// tfjs-core registers its gradients in a module that Node cannot import: it is ESM without extensions, and the CommonJS bundle leaves it
// out. This bundles that module. Its copies of the ops act on the one engine, which tfjs keeps in the global namespace.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const out = process.argv[2] ?? 'src';
await build({
  stdin: {
    contents: "import '@tensorflow/tfjs-core/dist/register_all_gradients.js';",
    resolveDir: fileURLToPath(new URL('..', import.meta.url)),
  },
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module'],
  legalComments: 'none',
  minify: true,
  outfile: fileURLToPath(new URL(`../${out}/gradients/gradients.generated.js`, import.meta.url)),
});
