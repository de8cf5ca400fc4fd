// Run as processes of their own by lock.test.ts: `race` takes a lease again and again and reports who else is inside; `sleep` holds a run and goes on after it has
// been stopped. A name as host makes the process one of another machine, whose life only its beats tell.
import { once } from 'node:events';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { takeLease } from './lock.js';
import { thisProcess } from './process-identity.js';
import { openRun } from './run-store.js';

const [what, folder, host, turns] = process.argv.slice(2) as [string, string, string, string];
const holder = host === 'here' ? thisProcess() : { ...thisProcess(), host };
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function race(): Promise<void> {
  const inside = join(folder, 'inside');
  for (let turn = 0; turn < Number(turns); turn += 1) {
    const lease = await takeLease(join(folder, 'lock'), { wait: true, patience: 600, holder });
    const file = await open(inside, 'wx').catch(() => null);
    if (file === null) say('two inside');
    await delay(2);
    await file?.close();
    await unlink(inside);
    say('turn');
    // A crash with the lease in hand.
    if (turn === Number(turns) - 1) process.kill(process.pid, 'SIGKILL');
    await lease.release();
  }
}

async function sleep(): Promise<void> {
  const run = await openRun(folder, { patience: 600, holder });
  await run.append({ kind: 'artifact', path: 'before', mediaType: 'text/plain' });
  say('held');
  await once(process.stdin, 'data');
  await run.append({ kind: 'artifact', path: 'after', mediaType: 'text/plain' });
  const content = { arrays: { a: { shape: [1], data: new Float32Array([1]) } }, counters: {} };
  await run.checkpoint(7, content).catch((error: Error) => say(error.message));
  process.exit(0);
}

await (what === 'race' ? race() : sleep());
