import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { consume } from '@basinlab/core/pipeline';
import { trainPopulation } from '@basinlab/core/training';
import { plainEnvironment } from './baseline.mjs';
import { withPeakMegabytes } from './timing.mjs';

// Participants of a comparison take turns, so that whatever else the machine does slows all of them alike.

/**
 * A job of the bench in turns: { work, count, beside, file, end } as `prepare` of a job gives them, and the baseline programs, each answering for `job`.
 * Seconds are those of one of the `count` equal parts of the work.
 * One row per baseline with medians, minima and processor seconds of both sides; ratios are ours to the baseline's.
 */
export async function inTurns({ name, baselines, rounds: own, prepare }, workload, { python, rounds }) {
  const { work, count = 1, beside = {}, file = workload.file, end } = await prepare(workload);
  const programs = baselines.filter((program) => python !== undefined || isNode(program));
  const others = [];
  try {
    // The second call has what a repeated one needs in memory; the first compiles.
    await work();
    const { megabytes } = await withPeakMegabytes(async () => ({ result: await work() }));
    for (const program of programs) others.push(await baselineTurns(python, program, [name, file]));
    for (const other of Object.values(beside)) await other();
    const ours = [];
    const theirs = new Map([...Object.keys(beside), ...others.flatMap(({ names }) => names)].map((each) => [each, []]));
    for (let round = 0; round < (own ?? rounds); round++) {
      // Threads that wait for work spin for a while: nobody begins while those of the one before still do.
      await sleep(250);
      ours.push(await timed(work, count));
      for (const [each, other] of Object.entries(beside)) theirs.get(each).push(await timed(other, count));
      for (const other of others) {
        await sleep(250);
        (await other.turn()).forEach(([seconds, processor], i) => theirs.get(other.names[i]).push({ seconds, processor }));
      }
    }
    const memory = new Map(others.flatMap((other) => other.names.map((each) => [each, other.megabytes])));
    const rows = theirs.size === 0 ? [[null, undefined]] : [...theirs];
    return rows.map(([baseline, turns]) => ({
      job: name,
      baseline,
      rounds: ours.length,
      ...compared(ours, turns),
      megabytes,
      ...(memory.has(baseline) && { baselineMegabytes: memory.get(baseline) }),
    }));
  } finally {
    for (const other of others) other.end();
    await end?.();
  }
}

function compared(ours, theirs) {
  const of = (turns, key) => turns?.map((turn) => turn[key]) ?? [];
  const both = (summary, key) => [summary(of(ours, key)), theirs && summary(of(theirs, key))];
  const [[oursSeconds, baselineSeconds], [oursLeast, baselineLeast], [oursProcessor, baselineProcessor]] = [
    both(median, 'seconds'),
    both(least, 'seconds'),
    both(median, 'processor'),
  ];
  const ratios = theirs && {
    baselineSeconds,
    ratio: median(ours.map(({ seconds }, i) => seconds / theirs[i].seconds)),
    baselineLeast,
    ratioOfLeast: oursLeast / baselineLeast,
    baselineProcessor,
    ratioOfProcessor: oursProcessor / baselineProcessor,
  };
  return { oursSeconds, oursLeast, oursProcessor, baselineSeconds: null, ratio: null, ...ratios };
}

/** Wall and processor seconds of one awaited call, of all threads of this process, divided by `count`. */
export async function timed(work, count = 1) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000 / count, processor: (user + system) / 1e6 / count };
}

/** A training run that stands still between its epochs: `turn()` runs one and resolves to its seconds. */
export function trainingTurns(plan) {
  let start = 0;
  let pending = null;
  let release = null;
  let subscription = null;
  const stream = trainPopulation({ ...plan, epochs: Infinity }).pipe(
    consume(async ({ kind }) => {
      if (kind !== 'metric') return;
      const { resolve } = pending;
      await new Promise((next) => {
        release = next;
        resolve((performance.now() - start) / 1000);
      });
    }),
  );
  return {
    turn: () =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        start = performance.now();
        if (subscription === null) subscription = stream.subscribe({ error: (error) => pending.reject(error) });
        else release();
      }),
    end: () => {
      subscription?.unsubscribe();
      release?.();
    },
  };
}

/**
 * A baseline program that waits for a line before each turn (`take_turns` of common.py); `turn()` resolves to [wall, processor] seconds for each
 * of its `names`. A library that this Python lacks gives no names and one line on stderr.
 */
export async function baselineTurns(python, program, args) {
  const script = fileURLToPath(new URL(`baselines/${isNode(program) ? program : `${program}.py`}`, import.meta.url));
  const child = spawn(isNode(program) ? process.execPath : python, [script, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: plainEnvironment,
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaint += text));
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`bench: ${program} ended with ${code}: ${complaint.trim().split('\n').at(-1)}`);
  });
  ended.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await Promise.race([lines.next().then(({ value }) => value ?? ended), ended])).toString());
  try {
    const { names, megabytes } = await answer();
    return {
      names,
      megabytes,
      turn: () => {
        child.stdin.write('\n');
        return answer();
      },
      end: () => child.stdin.end(),
    };
  } catch (error) {
    console.error(error.message);
    return { names: [], megabytes: NaN, turn: () => [], end: () => child.kill() };
  }
}

/** Baselines are Python programs, named without their ending, or modules of Node. */
const isNode = (program) => program.endsWith('.mjs');

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const least = (values) => Math.min(...values);
