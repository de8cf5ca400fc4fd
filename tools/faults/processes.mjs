// The same with processes of their own, for what one process cannot do to itself: kill -9 at any moment, two writers, too few open files, too little memory.
//   npm run build && node tools/faults/processes.mjs          20 of each kind
//   node tools/faults/processes.mjs --cases 100 --kind 'kill -9' --json
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: { cases: { type: 'string', default: '20' }, kind: { type: 'string', default: '' }, json: { type: 'boolean', default: false } },
});
const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'basinlab-processes-'));
const bin = fileURLToPath(new URL('../../packages/cli/bin/basinlab.mjs', import.meta.url));
const settings = ['dataset.id=gaussian-blobs', 'architecture.options={"inputs":8,"widths":[4],"outputs":4}', 'training.epochs=3'];
const set = settings.flatMap((setting) => ['--set', setting]);
const train = (out) => ['train', '--engine', 'cpu', '--out', out, ...set];
const last = (out) => join(out, 'checkpoints', 'epoch-000003.safetensors');

/** Starts one command, with limits of the shell; `end` gives its exit code and what it said. */
function start(args, { limit = '', flags: nodeFlags = [] } = {}) {
  const env = { ...process.env, NODE_OPTIONS: '', BASINLAB_CONFIG: join(home, 'settings') };
  const child = spawn('sh', ['-c', `${limit} exec "$0" "$@"`, process.execPath, ...nodeFlags, bin, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (data) => (log += data));
  const end = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, log })));
  return { child, end };
}
const next = (out) => start(existsSync(join(out, 'config.json')) ? ['resume', out, '--engine', 'cpu'] : train(out)).end;

/** What a command leaves, by file: tensors, tables and outcomes. What tells of times and folders is left out. */
const filesOf = (out) =>
  Object.fromEntries(
    readdirSync(out, { recursive: true })
      .filter((file) => /\.(parquet|safetensors)$|result\.json$|transform\.json$/.test(file))
      .sort()
      .map((file) => [file, readFileSync(join(out, file), 'base64')]),
  );

const reference = join(home, 'reference');
const began = performance.now();
if ((await start(train(reference)).end).code !== 0) throw new Error('train does not work undisturbed');
const whole = performance.now() - began;
const expected = readFileSync(last(reference));

/** A command that is given again as it was. */
const repeated = (...words) => {
  const args = (out) => [...words, '--out', out];
  return { args, next: (out) => start(args(out)).end };
};
/** Commands that are killed: how each is given, and how it goes on. */
const killed = {
  train: { args: train, next },
  sweep: repeated('sweep', '--engine', 'cpu', '--points', '3', '--grid', 'seed=1,2', ...set),
  reproduce: repeated('reproduce', 'mnist-mlp-lmc', '--scale', 'smoke', '--set', 'model.width=16', '--set', 'samples=100'),
  align: repeated('align', `${reference}:1`, `${reference}:2`, '--engine', 'cpu'),
};

/** What is wrong once the command is given again, as lines. */
async function after(out) {
  const { code, log } = await next(out);
  if (code !== 0) return [`the next command ended with ${code}: ${log.trim().slice(-300)}`];
  return readFileSync(last(out)).equals(expected) ? [] : ['the next command came to other results'];
}

/** A command that nothing disturbs: how long it takes and what it leaves. */
async function runUndisturbed(args) {
  const out = join(home, 'undisturbed');
  rmSync(out, { recursive: true, force: true });
  const from = performance.now();
  const { code, log } = await start(args(out)).end;
  if (code !== 0) throw new Error(`${args('OUT').join(' ')} does not work undisturbed: ${log}`);
  return { milliseconds: performance.now() - from, files: filesOf(out) };
}

const withoutTrace = ({ log }) => (/\n\s+at /.test(log) ? [`a stack trace: ${log.trim().slice(-300)}`] : []);
const kinds = {
  ...Object.fromEntries(
    Object.entries(killed).map(([name, { args, next: again }]) => {
      let undisturbed;
      const attempt = async (out) => {
        undisturbed ??= await runUndisturbed(args);
        const { child, end } = start(args(out));
        setTimeout(() => child.kill('SIGKILL'), Math.random() * 1.1 * undisturbed.milliseconds);
        await end;
        const { code, log } = await again(out);
        if (code !== 0) return [`the next command ended with ${code}: ${log.trim().slice(-300)}`];
        return isDeepStrictEqual(filesOf(out), undisturbed.files) ? [] : ['the next command came to other results'];
      };
      return [`kill -9 at any moment of ${name}`, attempt];
    }),
  ),
  'two writers': async (out, share) => {
    const { child, end } = start(train(out));
    setTimeout(() => child.kill('SIGKILL'), (0.4 + 0.5 * share) * whole);
    await end;
    if (!existsSync(join(out, 'config.json'))) return after(out);
    const both = await Promise.all([next(out), next(out)]);
    const refused = both.filter(({ code, log }) => code === 1 && log.includes('must not be held by another process'));
    const done = both.filter(({ code }) => code === 0);
    const wrong =
      done.length + refused.length === 2 && done.length > 0
        ? []
        : [`${both.map(({ code, log }) => `${code}: ${log.trim().slice(-200)}`).join(' | ')}`];
    return [...wrong, ...(await after(out))];
  },
  'too few open files': async (out, share) => {
    // Below 18 or so Node itself does not start.
    const result = await start(train(out), { limit: `ulimit -n ${18 + Math.floor(share * 24)};` }).end;
    const said =
      result.code === 0 || /ulimit -n|EMFILE/.test(result.log) ? [] : [`exit code ${result.code}: ${result.log.trim().slice(-300)}`];
    return [...said, ...withoutTrace(result), ...(await after(out))];
  },
  'too little memory': async (out, share) => {
    await start(train(out), { flags: [`--max-old-space-size=${8 + Math.floor(share * 40)}`] }).end;
    return after(out);
  },
};

const counts = [];
const found = [];
for (const [kind, attempt] of Object.entries(kinds).filter(([name]) => name.includes(flags.kind))) {
  const cases = Number(flags.cases);
  let bad = 0;
  for (let index = 0; index < cases; index++) {
    const out = join(home, 'case');
    rmSync(out, { recursive: true, force: true });
    const wrong = await attempt(out, (index + 0.5) / cases);
    if (wrong.length === 0) continue;
    bad++;
    found.push({ kind, index, wrong });
  }
  counts.push({ kind, cases, bad });
  if (!flags.json) console.log(`${kind.padEnd(36)} ${String(cases).padStart(4)} cases ${bad} bad`);
}
rmSync(home, { recursive: true, force: true });
if (flags.json) console.log(JSON.stringify({ counts, found }));
else for (const { kind, index, wrong } of found) console.log(`${kind}, case ${index}:\n  ${wrong.join('\n  ')}`);
process.exit(found.length > 0 ? 1 : 0);
