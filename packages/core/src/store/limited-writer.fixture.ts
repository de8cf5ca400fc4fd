// Writes one kind of file of a run beyond the limit under which `file-error.test.ts` starts it, and prints the error.
import { createRun } from './run-store.js';

const [directory, kind] = process.argv.slice(2) as [string, string];
const long = 'x'.repeat(100_000);
process.on('SIGXFSZ', () => undefined);
try {
  const run = await createRun(directory, { config: kind === 'config' ? long : {}, versions: {}, plugins: {} });
  try {
    if (kind === 'checkpoint')
      await run.checkpoint(1, { arrays: { w: { shape: [20_000], data: new Float32Array(20_000) } }, counters: {} });
    if (kind === 'events') await run.append({ kind: 'metric', stage: long, rows: [] });
    // A column takes more room in a table than in the log.
    const labels = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`l${index}`, 1]));
    if (kind === 'metrics') await run.append({ kind: 'metric', stage: 's', rows: [{ name: 'n', value: 1, labels }] });
  } finally {
    await run.close();
  }
} catch (error) {
  console.log((error as Error).message);
}
