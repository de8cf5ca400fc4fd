import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { curveOf, lambdas } from '../playground/curve.js';
import { barrierFigure } from './barrier.js';
import { breakingFigure } from './breaking.js';
import { matchingFigure } from './matching.js';

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../docs/guides/figures/${name}`, import.meta.url)), 'utf8');
const descriptionOf = (svg: string): string => /<desc>(.*)<\/desc>/.exec(svg)![1]!;

test('figures say in words what they show', () => {
  const flat = curveOf({ loss: lambdas.map(() => 0.1), accuracy: lambdas.map(() => 100) });
  const high = curveOf({ loss: lambdas.map((at) => 0.1 + 4 * at * (1 - at)), accuracy: lambdas.map(() => 100) });
  expect(descriptionOf(barrierFigure(high, flat))).toContain('0.100 at A, 1.100 halfway, 0.100 at B, barrier 1.000');
  const likeness = { before: [0, 1, 1, 0], after: [1, 0, 0, 1], neurons: 2 };
  expect(descriptionOf(matchingFigure(likeness))).toContain("0.00 in B's own order, 1.00 after matching");
  expect(descriptionOf(breakingFigure([{ label: 'W', barriers: [0.1, 0.3] }]))).toBe('Barriers without alignment: W 0.20 on average.');
});

test('those of the guides show what the text says: aligning removes the barrier, W networks have next to none without', () => {
  const [trained, aligned] = [...descriptionOf(read('barrier.svg')).matchAll(/barrier (\d\.\d+)/g)].map(([, value]) => Number(value));
  expect(aligned).toBeLessThan(trained! / 5);
  const [before, after] = [...descriptionOf(read('matching.svg')).matchAll(/(-?\d\.\d+)/g)].map(([, value]) => Number(value));
  expect(after).toBeGreaterThan(before! + 0.3);
  const mean = (name: string): number => Number(new RegExp(`${name} (\\d\\.\\d+)`).exec(descriptionOf(read('breaking.svg')))![1]);
  expect(mean('W-asymmetric')).toBeLessThan(mean('Standard') / 3);
});
