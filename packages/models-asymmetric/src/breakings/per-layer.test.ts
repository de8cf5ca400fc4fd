import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { atLayer, perLayer } from './per-layer.js';
import type { PerLayer } from './per-layer.js';

const weights = ['stem.conv.weight', 'stages.0.blocks.0.first.conv.weight', 'stages.1.blocks.0.shortcut.conv.weight', 'head.linear.weight'];
const valuesOf = (values: PerLayer): number[] =>
  weights.map((_, layer) => atLayer('w', 'fixedPerUnit', values, { layer, layers: weights.length, weights }));

test('one number counts for every weight, a list for each in turn', () => {
  expect(valuesOf(3)).toEqual([3, 3, 3, 3]);
  expect(valuesOf([1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  expect(() => valuesOf([1, 2])).toThrow('w: fixedPerUnit must be one number or a list of 4, one per layer, got [1,2]');
});

describe('patterns', () => {
  test('stand for parts of names; the closest one counts, in whatever order they come', () => {
    expect(valuesOf({ '*': 1, 'stages.*': 2, 'stages.*.shortcut.*': 3, 'head.linear.weight': 4 })).toEqual([1, 2, 3, 4]);
    expect(valuesOf({ 'head.linear.weight': 4, 'stages.*.shortcut.*': 3, 'stages.*': 2, '*': 1 })).toEqual([1, 2, 3, 4]);
  });

  test('take dots and other characters as they are', () => {
    expect(() => valuesOf({ '*': 1, 'stem.conv+weight': 2 })).toThrow('got stem.conv+weight');
    expect(() => valuesOf({ '*': 1, 'stem-conv.weigh.': 2 })).toThrow('got stem-conv.weigh.');
  });

  test('must all match a weight, and every weight one of them', () => {
    expect(() => valuesOf({ '*': 1, 'stage.*': 2 })).toThrow(
      `w: every pattern of fixedPerUnit must match a weight, got stage.*. The weights are ${weights.join(', ')}`,
    );
    expect(() => valuesOf({ 'stem.*': 1, 'stages.*': 2 })).toThrow(
      'w: fixedPerUnit must have a pattern that matches head.linear.weight, got stem.*, stages.*',
    );
    expect(() => valuesOf({})).toThrow('must have a pattern that matches stem.conv.weight, got none');
  });

  test('that match equally closely must agree', () => {
    const names = { 'stages.*': 0, 'head.*': 0 };
    expect(() => valuesOf({ ...names, 'stem.*': 1, '*.conv*': 2 })).toThrow(
      'w: fixedPerUnit must have one closest pattern for stem.conv.weight, got stem.* and *.conv*',
    );
    expect(valuesOf({ ...names, 'stem.*': 1, 'st*m.*': 1, 's*e*.*': 1 })).toEqual([1, 0, 0, 0]);
  });
});

test('the schema takes all three forms and refuses anything else', () => {
  const schema = perLayer(z.number().int());
  for (const values of [1, [1, 2], { '*': 1 }]) expect(schema.parse(values)).toEqual(values);
  for (const values of ['1', [], [1.5], { '*': 'a' }, { '': 1 }, null]) expect(schema.safeParse(values).success).toBe(false);
});
