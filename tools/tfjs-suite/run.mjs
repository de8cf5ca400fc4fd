// Runs the test suite that ships with @tensorflow/tfjs-core on one of its backends and compares the outcome with the list of tests that are excluded, each with its
// reason: `node tools/tfjs-suite/run.mjs [--backend xla|cpu|wasm] [--only TEXT] [--report FILE]`. The list may only shrink: a test on it that passes is an error too.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values: flags } = parseArgs({
  options: { backend: { type: 'string', default: 'xla' }, only: { type: 'string' }, report: { type: 'string' } },
});
process.env['BASINLAB_SUITE_BACKEND'] = flags.backend;
if (flags.backend === 'xla') {
  const { findPlugin } = await import('@basinlab/xla/installer');
  if ((await findPlugin()) === null) {
    console.log('the suite of TensorFlow.js was not run: no PJRT plugin is installed (npm run engine)');
    process.exit(0);
  }
}
const here = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
const wasm = join(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'), '..', 'dist/');
process.env['BASINLAB_SUITE_WASM'] = wasm;

/** One copy of TensorFlow.js for tests, backend and us, in a folder from which packages that stay outside are found. */
async function bundle() {
  const folder = mkdtempSync(join(here, '../../node_modules/.tfjs-suite-'));
  const core = join(require.resolve('@tensorflow/tfjs-core/package.json'), '..', 'dist');
  await build({
    stdin: { contents: "import './setup.mjs';\nimport '@tensorflow/tfjs-core/dist/tests.js';\n", resolveDir: here },
    outfile: join(folder, 'suite.mjs'),
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'error' },
    // Its modules: what it ships for require() has classes as functions, which do not extend these.
    mainFields: ['module', 'main'],
    // All of it: the package says that its files have no effects.
    ...{ treeShaking: false, ignoreAnnotations: true },
    alias: { '@tensorflow/tfjs-core': join(core, 'index.js') },
    define: { __dirname: JSON.stringify(wasm) },
    plugins: [
      {
        name: 'one-core',
        setup(builder) {
          builder.onResolve(
            { filter: /^@tensorflow\/tfjs-core\/dist\/(tests|jasmine_util|register_all_gradients)(\.js)?$/ },
            ({ path }) => ({
              path: `${join(core, path.split('/dist/')[1].replace(/\.js$/, ''))}.js`,
            }),
          );
        },
      },
    ],
    external: ['koffi', 'yauzl', 'jasmine-core', 'node-fetch', 'string_decoder'],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
  return folder;
}

const jasmineRequire = require('jasmine-core/lib/jasmine-core/jasmine.js');
const jasmine = jasmineRequire.core(jasmineRequire);
const env = jasmine.getEnv();
Object.assign(globalThis, jasmineRequire.interface(jasmine, env), { jasmine });
jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000;

const outcomes = { passed: [], failed: [], skipped: [] };
let done = () => undefined;
const finished = new Promise((resolve) => (done = resolve));
env.clearReporters();
env.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    if (status === 'passed') outcomes.passed.push({ name: fullName });
    else if (status === 'failed') outcomes.failed.push({ name: fullName, why: failedExpectations[0]?.message ?? 'no reason given' });
    else outcomes.skipped.push({ name: fullName });
  },
  jasmineDone: () => done(),
});
env.configure({ random: false, ...(flags.only && { specFilter: (spec) => spec.getFullName().includes(flags.only) }) });

process.on('unhandledRejection', (reason) => console.error('unhandled rejection:', reason instanceof Error ? reason.message : reason));
const folder = await bundle();
try {
  await import(pathToFileURL(join(folder, 'suite.mjs')).href);
  env.execute();
  await finished;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Names hold the backend and its flags, which differ from run to run. */
const plain = (name) => name.replace(` ${flags.backend} {}`, '');
const excluded = JSON.parse(readFileSync(join(here, 'excluded.json'), 'utf8'))[flags.backend] ?? {};
const isExcluded = (name) => Object.hasOwn(excluded, plain(name));
const unexpected = outcomes.failed.filter(({ name }) => !isExcluded(name));
const mended = outcomes.passed.filter(({ name }) => isExcluded(name));
if (flags.report)
  writeFileSync(
    flags.report,
    JSON.stringify(outcomes, (key, value) => (key === 'name' ? plain(value) : value), 1),
  );
for (const { name, why } of unexpected.slice(0, 60)) console.log(`failed: ${plain(name)}\n    ${why.split('\n')[0].slice(0, 300)}`);
for (const { name } of mended) console.log(`passes, and is excluded all the same: ${plain(name)}`);
const { passed, failed, skipped } = outcomes;
console.log(
  `${passed.length} passed, ${unexpected.length + mended.length} failed, ${failed.length - unexpected.length} excluded, ${skipped.length} skipped`,
);
process.exit(unexpected.length + mended.length > 0 ? 1 : 0);
