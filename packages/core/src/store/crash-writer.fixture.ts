// Writes one run as fast as it can until it is killed; `run-store.test.ts` bundles and starts it.
import { createRun, openRun } from './run-store.js';
import { latestCheckpoint } from './checkpoint.js';

const directory = process.argv[2]!;
const run = await openRun(directory).catch(() =>
  createRun(directory, { config: { width: 4 }, versions: { node: process.version }, plugins: {} }),
);
const { checkpoint } = await latestCheckpoint(`${directory}/checkpoints`);
await run.markResumed(checkpoint?.epoch ?? null);
process.stdout.write('started\n');
for (let epoch = (checkpoint?.epoch ?? -1) + 1; ; epoch++) {
  await run.append({ kind: 'metric', stage: 'train', rows: [{ name: 'loss', value: 1 / (epoch + 1), labels: { epoch } }] });
  const weight = new Float32Array(50_000).fill(epoch);
  await run.checkpoint(epoch, { arrays: { params: { weight: { shape: [50_000], data: weight } }, constants: {} }, counters: { epoch } });
  await run.writeMetrics();
}
