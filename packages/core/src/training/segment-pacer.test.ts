import { expect, test } from '@jest/globals';
import { segmentPacer } from './segment-pacer.js';

test('finds the number of steps that take the wanted time, whatever compilation took at first', () => {
  const pacer = segmentPacer({ seconds: 0.5, first: 8 });
  expect(pacer.next(1000)).toBe(8);
  pacer.took(8, 10);
  expect(pacer.next(1000)).toBe(1);
  for (let i = 0; i < 4; i++) {
    const steps = pacer.next(1000);
    pacer.took(steps, steps * 0.002);
  }
  expect(pacer.next(1000)).toBe(250);
  expect(pacer.next(40)).toBe(40);
});

test('never stops, even where a segment seems to take no time or for ever', () => {
  const pacer = segmentPacer();
  pacer.took(8, 0);
  expect(pacer.next(1e6)).toBe(64);
  pacer.took(64, 1e9);
  expect(pacer.next(1e6)).toBe(1);
});
