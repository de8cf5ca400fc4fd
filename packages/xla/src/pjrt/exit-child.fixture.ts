/** Ends while a program runs, in the way that the first argument says; exit.test.ts looks at how. */
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { openPlugin } from '../installer/index.js';
import { longLoop } from './programs.fixture.js';

const way = isMainThread ? process.argv[2] : (workerData as string);
const client = (await openPlugin('cpu')).createClient({ cpu_device_count: 1 });
const start = () => {
  const program = client.compile(longLoop(isMainThread && way !== 'destroyed' ? 20_000 : 2000)); // 20,000 take several seconds
  const input = client.bufferFromHost(new Float32Array(65536), 'float32', [256, 256]);
  return program.execute([input])[0]!;
};

switch (way) {
  case 'end':
    start();
    break;
  case 'exit':
    start();
    process.exit(3);
    break;
  case 'throw':
    start();
    throw new Error('thrown');
  case 'rejection':
    start();
    void Promise.reject(new Error('rejected'));
    break;
  case 'exit-while-reading':
    void start().toHost();
    setTimeout(() => process.exit(4), 20);
    process.on('exit', (code) => console.log(`listener saw ${code}`));
    break;
  case 'signal':
  case 'handled-signal': {
    if (way === 'handled-signal') {
      process.on('SIGINT', () => {
        console.log('served');
        process.exit(130);
      });
    }
    const reading = start().toHost();
    console.log('running');
    await reading;
    console.log('too late');
    break;
  }
  case 'destroyed': {
    const output = start();
    await output.ready();
    client.destroy();
    break;
  }
  case 'worker':
  case 'worker-terminated': {
    const worker = new Worker(new URL(import.meta.url), { workerData: way === 'worker' ? 'exit' : 'stay' });
    if (way === 'worker-terminated') worker.once('message', () => void worker.terminate());
    worker.on('exit', (code) => console.log(`worker ended with ${code}`));
    break;
  }
  case 'stay': {
    const { parentPort } = await import('node:worker_threads');
    const reading = start().toHost();
    parentPort!.postMessage('running');
    await reading;
    break;
  }
  default:
    throw new Error(`no such way: ${String(way)}`);
}
