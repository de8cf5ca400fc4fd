// Fuzzes every reader of files, guided by which code is reached. Nothing may come of any bytes but what they hold or an error that names the file: no crash, no
// run over 10 s, no memory beyond a bound.
//   node tools/fuzz/run.mjs                        every reader, 20 s each
//   node tools/fuzz/run.mjs npy pickle --seconds 300 --keep     some; inputs that reached something new join the corpus
//   node tools/fuzz/run.mjs --runs 500             a fixed number of inputs each, without counting what is reached: for tests
// Prints a table, or with --json a document. Exit code 1 where something was found; the inputs are in it.
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ seconds: { type: 'string', default: '20' }, runs: { type: 'string' }, seed: { type: 'string', default: '1' } },
    ...{ keep: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  },
});

/** An input may take this long, in milliseconds, and the process this much more memory than before. */
const longestRun = 10_000;
const mostMemory = 1 << 30;
const longestInput = 8192;

process.env.BASINLAB_FUZZ_TORCH = join(root, 'packages/experiments/src/runs/torch/fixtures/torch-files.json');
const cache = join(root, 'node_modules', '.cache', 'basinlab-fuzz');
mkdirSync(cache, { recursive: true });
const bundle = join(mkdtempSync(join(cache, 'run-')), 'targets.mjs');

/** The readers in one file, with counters at every statement and branch of theirs. */
async function makeBundle() {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'targets.mjs')],
    ...{
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['basinlab-source'],
      logLevel: 'error',
    },
    external: ['@tensorflow/*', 'koffi', 'apache-arrow', 'hyparquet-writer', 'zod', 'rxjs'],
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
  });
  const code = outputFiles[0].text;
  if (flags.runs !== undefined) return writeFileSync(bundle, code);
  const { createInstrumenter } = await import('istanbul-lib-instrument');
  const instrumenter = createInstrumenter({ esModules: true, coverageVariable: '__fuzz__', autoWrap: false });
  writeFileSync(bundle, instrumenter.instrumentSync(code, bundle));
}

const corpusFile = (name) => join(here, 'corpus', `${name.replaceAll(' ', '-')}.json`);
const corpusOf = (name) => (existsSync(corpusFile(name)) ? JSON.parse(readFileSync(corpusFile(name), 'utf8')) : []);

const shared = new SharedArrayBuffer(8 + longestInput);
const state = new Int32Array(shared, 0, 2);

/** A thread that fuzzes one reader after the other, and the names of all. */
async function startWorker() {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'basinlab-fuzz-'));
  const counted = flags.runs !== undefined;
  const options = {
    ...{ bundle: pathToFileURL(bundle).href, folder, shared, longest: longestInput, seed: Number(flags.seed) },
    ...{ seconds: counted ? Infinity : Number(flags.seconds), runs: counted ? Number(flags.runs) : Infinity },
  };
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: options,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const [names] = await once(worker, 'message');
  return { worker, names, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What fuzzing one reader came to; `ended` where the thread did not survive it. */
function fuzz(worker, name) {
  const before = process.memoryUsage().rss;
  let [last, since, most] = [-1, performance.now(), 0];
  Atomics.store(state, 0, 0);
  return new Promise((resolve) => {
    const done = (result) => {
      clearInterval(watch);
      worker.off('message', done).off('error', failed);
      resolve({ name, runs: Atomics.load(state, 0), memory: most, kept: [], faults: [], slowest: 0, ended: false, ...result });
    };
    const stop = (wrong) => {
      const input = Buffer.from(shared, 8, Atomics.load(state, 1)).toString('base64');
      worker.off('message', done).off('error', failed);
      void worker.terminate().then(() => done({ faults: [{ wrong, input }], ended: true }));
    };
    const failed = (error) => stop(`the process would have ended: ${error.message}`);
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
      const now = Atomics.load(state, 0);
      if (now !== last) [last, since] = [now, performance.now()];
      if (performance.now() - since > longestRun) stop(`more than ${longestRun / 1000} s, or never settles`);
      else if (most > mostMemory) stop(`more than ${mostMemory >> 20} MB of memory`);
    }, 50);
    worker.on('message', done).on('error', failed);
    worker.postMessage({ name, corpus: corpusOf(name) });
  });
}

await makeBundle();
let thread = await startWorker();
const names = positionals.length > 0 ? positionals : thread.names;
const results = [];
for (const name of names) {
  const result = await fuzz(thread.worker, name);
  results.push(result);
  if (result.ended) {
    thread.remove();
    thread = await startWorker();
  }
  if (flags.keep) writeFileSync(corpusFile(name), `${JSON.stringify(smallest(result.kept), null, 2)}\n`);
  if (!flags.json)
    console.log(
      `${name.padEnd(14)} ${String(result.runs).padStart(8)} inputs  ${String(result.kept.length).padStart(5)} kept  ` +
        `slowest ${result.slowest.toFixed(0)} ms  memory ${(result.memory / 1e6).toFixed(0)} MB  ${result.faults.length} found`,
    );
  if (!flags.json) for (const { wrong, input } of result.faults) console.log(`  ${wrong}\n  ${input.slice(0, 400)}`);
}
await thread.worker.terminate();
thread.remove();
rmSync(dirname(bundle), { recursive: true });
if (flags.json) console.log(JSON.stringify(results.map(({ kept, ...result }) => ({ ...result, kept: kept.length }))));
process.exit(results.some(({ faults }) => faults.length > 0) ? 1 : 0);

/** The corpus stays small: short inputs first, and only so many. */
function smallest(inputs) {
  return [...new Set(inputs)]
    .sort((a, b) => a.length - b.length)
    .filter((input) => input.length < 1500)
    .slice(0, 60);
}
