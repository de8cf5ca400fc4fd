import { expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { countHostBytes, giveFreedMemoryBack } from './freed-memory.js';
import { allocateMemory, freeMemory, libcFunction, libcSymbol } from './memory.js';

const glibcTest = libcSymbol('gnu_get_libc_version') === null ? test.skip : test;

const block = 2 ** 16;
const megabytes = (): number => process.memoryUsage.rss() / 2 ** 20;

/** 128 MiB that are written to and freed, below memory that is still in use. */
function leaveFreedMemory(): void {
  const memset = libcFunction('memset', 'void *', ['void *', 'int', 'size_t']);
  const blocks = Array.from({ length: 2048 }, () => allocateMemory(block));
  for (const address of blocks) memset(address, 1, block);
  allocateMemory(block);
  blocks.forEach(freeMemory);
}

glibcTest('freed memory goes back to the kernel, at most once a second', async () => {
  await delay(1000);
  leaveFreedMemory();
  const kept = megabytes();
  giveFreedMemoryBack();
  expect(kept - megabytes()).toBeGreaterThan(100);
  leaveFreedMemory();
  const again = megabytes();
  giveFreedMemoryBack();
  expect(again - megabytes()).toBeLessThan(20);
});

test('the collector is asked soon after arrays of 16 MB have travelled, once for many, and only where Node lets it be asked', async () => {
  const half = 8 * 2 ** 20;
  countHostBytes(4 * half);
  let collections = 0;
  globalThis.gc = Object.assign(async () => void collections++, {}) as unknown as NodeJS.GCFunction;
  try {
    countHostBytes(half);
    countHostBytes(half);
    expect(collections).toBe(0);
    await delay(400);
    expect(collections).toBe(1);
    countHostBytes(half);
    await delay(400);
    expect(collections).toBe(1);
    countHostBytes(half);
    await delay(400);
    expect(collections).toBe(2);
  } finally {
    globalThis.gc = undefined;
  }
});
