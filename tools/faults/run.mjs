// What becomes of results when the disk is full or broken, the process is killed, the power goes, the folder vanishes or the clock jumps: at every operation on
// files that a command asks for, one after the other. After each case the command is given once more, and must come to the results of an undisturbed one.
//   node --no-warnings --conditions=basinlab-source --import ./tools/source-loader.mjs tools/faults/run.mjs              20 places for each kind of fault
//   ... run.mjs train sweep --places 1000         every place of these commands
//   ... run.mjs train --places 3 --json           a few, as a document: for tests
// What is demanded: no finished result is lost, none is wrong, an error names the file and what to do, the next command goes on. Exit code 1 where not.
import { arm, asked, fired, mend } from './disk.mjs';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// After the disk: modules find its functions.
const { inProcess } = await import('./in-process.mjs');
const { readParquet } = await import('../../packages/core/src/store/index.ts');

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { places: { type: 'string', default: '20' }, json: { type: 'boolean', default: false }, faults: { type: 'string' } },
});

const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'basinlab-faults-'));
/** What is below here meets faults. */
const disk = join(home, 'disk');
mkdirSync(disk);
process.env.BASINLAB_CONFIG = join(home, 'settings');
const settings = [
  'dataset.id=gaussian-blobs',
  'architecture.options={"inputs":8,"widths":[4],"outputs":4}',
  'training.epochs=2',
  'training.batchSize=512',
];
const set = settings.flatMap((setting) => ['--set', setting]);
const cpu = ['--engine', 'cpu'];
const finished = join(home, 'finished');

/** A command on a folder; `again` goes on with what it left; `results` are what must be there in the end. */
const commands = {
  train: {
    run: (out) => ['train', ...cpu, '--out', out, ...set],
    again: (out) => (existsSync(join(out, 'config.json')) ? ['resume', out, ...cpu] : ['train', ...cpu, '--out', out, ...set]),
    results: ['metrics.parquet', 'checkpoints/epoch-000002.safetensors'],
  },
  // Of a run that has finished: what is there must be there at every moment.
  resume: {
    from: finished,
    run: (out) => ['resume', out, ...cpu],
    results: ['metrics.parquet', 'checkpoints/epoch-000002.safetensors'],
    keeps: true,
  },
  sweep: {
    run: (out) => ['sweep', ...cpu, '--out', out, ...set, '--grid', 'seed=1,2', '--points', '3'],
    results: ['results.parquet', 'seed=1/metrics.parquet', 'seed=2/metrics.parquet'],
  },
  measure: {
    from: finished,
    run: (out) => ['measure', out, ...cpu, '--metric', 'accuracy'],
    results: ['measurements/accuracy/rows.parquet'],
  },
  align: {
    run: (out) => ['align', `${finished}:1`, `${finished}:2`, ...cpu, '--out', out],
    results: ['aligned.safetensors', 'transform.json'],
  },
  reproduce: {
    run: (out) => ['reproduce', 'connectivity-rescaling', '--scale', 'smoke', ...cpu, '--out', out],
    results: ['summary.json', '*.parquet'],
  },
};
const faults = {
  killed: { fault: 'kill' },
  'power lost': { fault: 'power' },
  'power lost, names kept': { fault: 'power, names kept' },
  'disk full': { fault: 'ENOSPC' },
  'file too large': { fault: 'EFBIG' },
  'read-only': { fault: 'EROFS' },
  'writes fail': { fault: 'EIO' },
  'reads fail': { fault: 'EIO', kind: 'read' },
  'too many open files': { fault: 'EMFILE', kind: 'read' },
  'folder vanishes': { fault: 'none', act: (out) => rmSync(out, { recursive: true, force: true }) },
  'clock jumps back': { fault: 'none', act: () => jump(-3 * 86_400_000) },
  'clock jumps ahead': { fault: 'none', act: () => jump(3 * 86_400_000) },
};

const now = Date.now.bind(Date);
const jump = (by) => (Date.now = () => now() + by);

/** Numbers of a command's results; a file that is not there is null. */
async function resultsOf(out, names) {
  const files = names.flatMap((name) =>
    name.startsWith('*') ? (existsSync(out) ? readdirSync(out).filter((file) => file.endsWith(name.slice(1))) : [name]) : [name],
  );
  const read = async (name) => {
    const path = join(out, name);
    if (!existsSync(path)) return null;
    if (name.endsWith('.parquet')) return readParquet(path);
    const text = readFileSync(path, 'latin1');
    // How long it took is no result.
    return name.endsWith('.json') ? text.replaceAll(/"(seconds|engine|command)": .*/g, '') : text;
  };
  return JSON.stringify(await Promise.all(files.sort().map(async (name) => [name, await read(name)])), (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** The process that held a lease is this one, which lives: what was killed was not. */
function leaveLocks(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!/(^|[\\/])holder-[^\\/]*\.json$/.test(name)) continue;
    const holder = readFileSync(join(folder, name), 'utf8');
    if (holder !== '') writeFileSync(join(folder, name), JSON.stringify({ ...JSON.parse(holder), pid: 2147483640, started: null }));
  }
}

/** What is wrong with how a command behaved that a fault met, as lines. */
function complaintsAbout({ code, log }, fault) {
  if (code === 0 || fault.startsWith('power') || fault === 'kill') return [];
  const said = log
    .trim()
    .split('\n')
    .filter((line) => !/steps \d|\d+ models?,/.test(line))
    .join('\n');
  return [
    ...(code === 1 || code === 2 ? [] : [`exit code ${code}`]),
    ...(/\n\s+at /.test(said) ? [`a stack trace: ${said}`] : []),
    ...(said.includes(disk) ? [] : [`no file named: ${said}`]),
    ...(/\. [A-Z]/.test(said) || fault === 'none' ? [] : [`no remedy: ${said}`]),
  ];
}

async function oneCase({ from, run, again = run, results, keeps = false }, fault, at, expected) {
  const out = join(disk, 'case');
  rmSync(out, { recursive: true, force: true });
  if (from !== undefined) cpSync(from, out, { recursive: true });
  let wasDone = false;
  const act = () => {
    wasDone = results.every((name) => existsSync(join(out, name)));
    fault.act(out);
  };
  arm(disk, { ...fault, at, act: fault.act && act });
  const met = await inProcess(...run(out));
  const reached = fired;
  await mend();
  Date.now = now;
  leaveLocks(out);
  const complaints = complaintsAbout(met, fault.fault);
  const after = await resultsOf(out, results).catch((error) => `damaged: ${error.message}`);
  // A run that no longer has a folder has been told to go: what was promised is gone with it.
  const isGone = fault.act !== undefined && from !== undefined && !existsSync(join(out, 'config.json'));
  if (met.code === 0 && !isGone && !wasDone && !/kill|power/.test(fault.fault) && after !== expected)
    complaints.push('ended with 0 without its results');
  if (keeps && !isGone && after !== expected) complaints.push('a finished result was lost');
  if (after.startsWith('damaged')) complaints.push(after);
  if (isGone) cpSync(from, out, { recursive: true, force: true });
  const next = await inProcess(...again(out));
  if (next.code !== 0) complaints.push(`the next command ended with ${next.code}: ${next.log.trim().slice(-400)}`);
  else if ((await resultsOf(out, results)) !== expected) complaints.push('the next command came to other results');
  return { reached, complaints };
}

// Undisturbed: what there is to compare with, and how many operations there are.
await inProcess('train', ...cpu, '--out', finished, ...set);
const counts = [];
const found = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(commands)) {
  const command = commands[name];
  const out = join(disk, 'case');
  rmSync(out, { recursive: true, force: true });
  if (command.from !== undefined) cpSync(command.from, out, { recursive: true });
  const total = {};
  arm(disk, {});
  const well = await inProcess(...command.run(out));
  total.write = asked;
  await mend();
  if (well.code !== 0) throw new Error(`${name} does not work undisturbed: ${well.log}`);
  const expected = await resultsOf(out, command.results);
  total.read = 12;
  for (const [label, fault] of Object.entries(faults)) {
    if (flags.faults !== undefined && !flags.faults.split(',').includes(label)) continue;
    const operations = total[fault.kind ?? 'write'];
    const places = Math.min(operations, Number(flags.places));
    let [cases, bad] = [0, 0];
    for (let place = 0; place < places; place++) {
      const at = Math.floor(((place + 0.5) * operations) / places);
      const { reached, complaints } = await oneCase(command, fault, at, expected);
      if (!reached) continue;
      cases++;
      if (complaints.length > 0) {
        bad++;
        found.push({ command: name, fault: label, at, complaints });
      }
    }
    counts.push({ command: name, fault: label, cases, bad });
    if (!flags.json) console.log(`${name.padEnd(10)} ${label.padEnd(24)} ${String(cases).padStart(4)} cases ${bad} bad`);
  }
}
rmSync(home, { recursive: true, force: true });
if (flags.json) console.log(JSON.stringify({ counts, found }));
else
  for (const { command, fault, at, complaints } of found)
    console.log(`${command}, ${fault}, operation ${at}:\n  ${complaints.join('\n  ')}`);
process.exit(found.length > 0 ? 1 : 0);
