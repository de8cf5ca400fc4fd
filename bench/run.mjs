// Speed as ratios to a baseline measured in the same run: machines differ and are shared, so seconds alone say little.
//   npm run bench                                     our side only
//   npm run bench -- --python PATH                    beside torch, JAX and scipy of that Python
//   npm run bench -- --random-images                  without MNIST, where only time is asked for
//   npm run bench -- --json --job training-step lmc   chosen jobs, one JSON line each: { job, oursSeconds, baseline, baselineSeconds, ratio }
// Most jobs take turns with their baselines, `--rounds` each after one that is not counted: then times are medians, ratios the medians of the rounds'
// ratios, and both are followed by those of the least times and of the processor times (of all threads).
import { parseArgs } from 'node:util';
import { restartWithTunedMemory } from '@basinlab/xla/restart';
import { runBaseline } from './baseline.mjs';
import { jobs } from './jobs/index.mjs';
import { inTurns } from './turns.mjs';
import { makeWorkload } from './workload.mjs';

// As the command line does.
restartWithTunedMemory();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    python: { type: 'string' },
    job: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '7' },
    'random-images': { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(
    `npm run bench -- [--python PATH] [--json] [--rounds N] [--random-images] [--job NAME ...]\njobs: ${jobs.map(({ name }) => name).join(', ')}`,
  );
  process.exit(0);
}
const names = [...(values.job ?? []), ...positionals];
const unknown = names.find((name) => !jobs.some((job) => job.name === name));
if (unknown !== undefined) {
  console.error(`bench: a job of ${jobs.map(({ name }) => name).join(', ')}, got ${unknown}`);
  process.exit(2);
}

const workload = await makeWorkload({ random: values['random-images'] });
const show = ({ job, oursSeconds, baseline, baselineSeconds, ratio, megabytes, baselineMegabytes, ...more }) => {
  const time = (seconds) => (seconds < 0.1 ? `${(1000 * seconds).toFixed(2)} ms` : `${seconds.toFixed(2)} s`);
  const least = more.ratioOfLeast && `least ${time(more.oursLeast)} ${time(more.baselineLeast)} ${more.ratioOfLeast.toFixed(2)}`;
  const cpu =
    more.ratioOfProcessor && `cpu ${time(more.oursProcessor)} ${time(more.baselineProcessor)} ${more.ratioOfProcessor.toFixed(2)}`;
  const also = least ? `  (${least}; ${cpu})` : '';
  const beside = baseline === null ? '' : `${time(baselineSeconds).padStart(10)}  ${ratio.toFixed(2).padStart(6)}  ${baseline}${also}`;
  const memory = [megabytes, baselineMegabytes].filter((value) => value !== undefined).map((value) => `${value.toFixed(0)} MB`);
  return `${job.padEnd(22)} ${time(oursSeconds).padStart(10)} ${beside}${memory.length > 0 ? `  [${memory.join(' | ')}]` : ''}`;
};
if (!values.json) console.log(`${'job'.padEnd(22)} ${'ours'.padStart(10)} ${'baseline'.padStart(10)}  ${'ratio'.padStart(6)}`);
try {
  for (const job of jobs) {
    const { name, run, baselines } = job;
    if (names.length > 0 && !names.includes(name)) continue;
    if (job.prepare !== undefined) {
      const rows = await inTurns(job, workload, { python: values.python, rounds: Number(values.rounds) });
      for (const row of rows) console.log(values.json ? JSON.stringify(row) : show(row));
      continue;
    }
    const { seconds, beside, megabytes, file = workload.file } = await run(workload);
    const measured = values.python === undefined ? [] : baselines.flatMap((program) => runBaseline(values.python, program, name, file));
    const against = [...(beside ?? []), ...measured];
    const rows = against.length > 0 ? against : [{ baseline: null, seconds: null }];
    for (const { baseline, seconds: baselineSeconds, megabytes: baselineMegabytes } of rows) {
      const row = {
        job: name,
        oursSeconds: seconds,
        baseline,
        baselineSeconds,
        ratio: baseline === null ? null : seconds / baselineSeconds,
        ...(megabytes !== undefined && { megabytes }),
        ...(baselineMegabytes !== undefined && { baselineMegabytes }),
      };
      console.log(values.json ? JSON.stringify(row) : show(row));
    }
  }
} finally {
  workload.dispose();
}
