import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

// In a process that never comes back to its event loop.
const script = (listen: string): string => `
  const { endAtSecond } = await import(${JSON.stringify(new URL('second-signal.ts', import.meta.url).href)});
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log('heard'));
  ${listen}
  process.stdout.write('ready\\n', () => { for (;;); });`;

const start = async (listen: string) => {
  const loader = fileURLToPath(new URL('../../../../tools/source-loader.mjs', import.meta.url));
  const flags = ['--no-warnings', '--conditions=basinlab-source', '--import', loader, '--input-type=module', '-e', script(listen)];
  const child = spawn(process.execPath, flags, { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
};

const test64 = process.platform === 'linux' || process.platform === 'darwin' ? test : test.skip;

test64.each(['SIGINT', 'SIGTERM'] as const)('the second %s ends an endless loop, which the first does not', async (signal) => {
  const child = await start("endAtSecond(['SIGINT', 'SIGTERM']);");
  child.kill(signal);
  await delay(300);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([null, signal]);
});

test64('the first is still heard where the loop yields', async () => {
  const child = await start(
    "endAtSecond(['SIGINT']); setTimeout(() => process.exit(3), 5000); console.log('x'); await new Promise(() => {});",
  );
  const heard = once(child.stdout, 'data');
  child.kill('SIGINT');
  expect(String((await heard)[0])).toContain('heard');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
});
