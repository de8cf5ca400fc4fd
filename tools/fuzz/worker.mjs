// Fuzzes one reader: changes inputs, keeps those that reach code or counts that none has reached before. What it tries lies in memory that the main thread
// shares, so that an input that never comes back, or takes all memory, is known.
import { mkdirSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { mutate, randomFrom } from './mutate.mjs';

const { bundle, seconds, runs, seed, folder, shared, longest } = workerData;
const state = new Int32Array(shared, 0, 2); // executions, bytes of the input
const tried = Buffer.from(shared, 8);
const { targets, fault } = await import(bundle);

// Counters of the instrumented code, and which magnitudes of each have been seen.
const counters = Object.values(globalThis.__fuzz__ ?? {}).flatMap(({ s, b }) => [s, ...Object.values(b)]);
const seen = counters.map((counts) => new Uint8Array(Object.keys(counts).length));
const keys = counters.map((counts) => Object.keys(counts));
function reachesNew() {
  let isNew = false;
  for (let at = 0; at < counters.length; at++) {
    const counts = counters[at];
    const marks = seen[at];
    const names = keys[at];
    for (let index = 0; index < names.length; index++) {
      const count = counts[names[index]];
      if (count === 0) continue;
      counts[names[index]] = 0;
      const magnitude = 1 << Math.min(7, 31 - Math.clz32(count));
      if ((marks[index] & magnitude) !== 0) continue;
      marks[index] |= magnitude;
      isNew = true;
    }
  }
  return isNew;
}

parentPort.on('message', ({ name, corpus }) => void fuzz(targets[name], corpus).then((result) => parentPort.postMessage(result)));
parentPort.postMessage(Object.keys(targets));

async function fuzz({ seeds, run, id = 'FILE' }, corpus) {
  const random = randomFrom(seed);
  const faults = new Map();
  let [slowest, count] = [0, 0];
  for (const marks of seen) marks.fill(0);
  mkdirSync(folder, { recursive: true });
  const attempt = async (bytes) => {
    bytes.copy(tried);
    Atomics.store(state, 1, bytes.length);
    const since = performance.now();
    try {
      await run(bytes, folder);
    } catch (error) {
      const wrong = fault(error ?? {}, id);
      // One example per kind of error: where it was thrown, without the numbers in it.
      const key = wrong?.replace(/\d+/g, '#').slice(0, 120);
      if (wrong !== null && !faults.has(key)) faults.set(key, { wrong, input: bytes.toString('base64') });
    }
    slowest = Math.max(slowest, performance.now() - since);
    Atomics.store(state, 0, ++count);
    return reachesNew();
  };
  const kept = [];
  for (const input of [
    ...seeds().map((bytes) => Buffer.from(bytes)),
    ...corpus.map((bytes) => Buffer.from(bytes, 'base64')),
    Buffer.alloc(0),
  ])
    if ((await attempt(input)) || counters.length === 0) kept.push(input);
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end && count < runs) {
    const input = mutate(random.pick(kept), random.pick(kept), random, longest);
    if (await attempt(input)) kept.push(Buffer.from(input));
    // The main thread is told of what never comes back only if this one lets go now and then.
    if (count % 256 === 0) await new Promise((resolve) => globalThis.setImmediate(resolve));
  }
  rmSync(folder, { recursive: true, force: true });
  return { kept: kept.map((bytes) => bytes.toString('base64')), faults: [...faults.values()], slowest, runs: count };
}
