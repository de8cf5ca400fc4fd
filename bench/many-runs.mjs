// How `query` and the index of reports hold up over many runs: makes synthetic ones (nothing is trained) and times both.
//   node bench/many-runs.mjs [--runs 10000] [--folder DIR] [--keep]
// One JSON line per part: { part, runs, seconds, processorSeconds, megabytes }; megabytes is the most memory that the command's process took.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeParquet } from '@basinlab/core/store';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, folder: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'basinlab-many-runs-'));
const cli = fileURLToPath(new URL('../packages/cli/bin/basinlab.mjs', import.meta.url));

/** Files that runs share: two models over four epochs, a path of eleven points. */
async function templates(at) {
  mkdirSync(at, { recursive: true });
  const [models, epochs] = [
    [0, 1],
    [0, 1, 2, 3, 4],
  ];
  const metrics = models.flatMap((model) =>
    epochs.flatMap((epoch) =>
      ['train', 'validation'].flatMap((split) =>
        ['loss', 'accuracy'].map((name) => ({ model, epoch, split, stage: 'train', name, value: 1 / (1 + epoch + model) })),
      ),
    ),
  );
  await writeParquet(join(at, 'metrics.parquet'), metrics);
  const points = Array.from({ length: 11 }, (_, index) => ({
    measurement: 'linear-mode-connectivity',
    pair: '1,2',
    lambda: index / 10,
    accuracy: 0.9,
    loss: 0.1,
  }));
  await writeParquet(join(at, 'rows.parquet'), points);
  const dots = Array.from({ length: 400 }, (_, index) => `<circle cx="${index}" cy="${(index * 37) % 100}" r="1"/>`).join('');
  writeFileSync(join(at, 'figure.svg'), `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100">${dots}</svg>`);
}

/** A run as a sweep leaves it. */
function makeRun(path, index, from) {
  mkdirSync(join(path, 'measurements', 'linear-mode-connectivity'), { recursive: true });
  const config = {
    seed: index,
    dataset: { id: 'mnist', options: {} },
    architecture: { id: 'mlp', options: { widths: [512, 512, 512] } },
    breaking: { id: index % 2 === 0 ? 'w' : 'syre', options: { fixedScale: index % 8 } },
    training: { models: 2, epochs: 4, batchSize: 64, learningRate: 1e-3, optimizer: { id: 'adamw' }, schedule: { id: 'constant' } },
  };
  writeFileSync(join(path, 'config.json'), JSON.stringify({ config, versions: { engine: 'xla' }, plugins: {} }, null, 2));
  copyFileSync(join(from, 'metrics.parquet'), join(path, 'metrics.parquet'));
  copyFileSync(join(from, 'rows.parquet'), join(path, 'measurements', 'linear-mode-connectivity', 'rows.parquet'));
}

/** A finished reproduction, as far as an index looks at it. */
function makeReproduction(path, index, from) {
  mkdirSync(path, { recursive: true });
  const claims = [{ verdict: index % 3 === 0 ? 'not reproduced' : 'reproduced' }];
  writeFileSync(
    join(path, 'summary.json'),
    JSON.stringify({ id: 'mnist-mlp-lmc', scale: 'small', engine: 'xla', seconds: 100 + index, rows: [], claims }),
  );
  copyFileSync(join(from, 'figure.svg'), join(path, 'accuracy-along-the-path.svg'));
}

/** Runs the command and says what it took; its process notes its own peak. */
function time(part, ...args) {
  const note = join(folder, 'peak');
  const hook = `data:text/javascript,${encodeURIComponent(`import fs from 'node:fs'; process.on('exit', () => fs.writeFileSync(${JSON.stringify(note)}, JSON.stringify(process.resourceUsage())));`)}`;
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', hook, cli, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${part}: ${stderr.slice(-2000)}`);
  const seconds = Math.round(performance.now() - began) / 1000;
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(readFileSync(note, 'utf8'));
  const processorSeconds = Math.round((userCPUTime + systemCPUTime) / 1e4) / 100;
  console.log(JSON.stringify({ part, runs, seconds, processorSeconds, megabytes: Math.round(maxRSS / 1024) }));
  return stdout;
}

try {
  const from = join(folder, 'templates');
  const [all, figures] = [join(folder, 'runs'), join(folder, 'figures')];
  if (!existsSync(from)) {
    await templates(from);
    for (let index = 0; index < runs; index += 1) {
      makeRun(join(all, `sweep-${Math.floor(index / 100)}`, `seed=${index}`), index, from);
      makeReproduction(join(figures, `figure-${index}`), index, from);
    }
  }
  time('query runs', 'query', 'select breaking, count(*) as runs from runs group by all', all);
  time('query metrics', 'query', 'select breaking, avg(value) as loss from runs join metrics using (run) group by all', all);
  time('index of reports', 'report', figures);
  console.log(JSON.stringify({ part: 'index.html', megabytes: Math.round(statSync(join(figures, 'index.html')).size / 2 ** 20) }));
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
