import { expect, test } from '@jest/globals';
import type { AxisSpec, AxisSymmetry } from '@basinlab/core';
import { symmetryExcess } from './index.js';

const heads: AxisSymmetry = { segments: [[{ group: 'h', size: 3 }, { group: 'd', size: 4 }]] }; // prettier-ignore
const inferred = { q: [heads, null], k: [heads, null], w: [{ group: 'a' }, null] } as const;
const specs = (q: AxisSymmetry | null, k: AxisSymmetry | null, w: AxisSymmetry | null, out: AxisSymmetry | null = null): AxisSpec[] => [
  { name: 'q', shape: [12, 5], axes: [q, null] },
  { name: 'k', shape: [12, 5], axes: [k, null] },
  { name: 'w', shape: [9, 9], axes: [w, out] },
];

test('is empty for the inferred groups and for any of their subgroups', () => {
  expect(symmetryExcess(specs(heads, heads, { group: 'x' }), inferred)).toEqual([]);
  const wholes = { group: 'heads', block: 4 };
  expect(symmetryExcess(specs(wholes, wholes, null), inferred)).toEqual([]);
  const halves = { segments: [[{ group: 'left', size: 5 }], [{ group: 'right', size: 4 }]] };
  expect(symmetryExcess(specs(null, null, halves), inferred)).toEqual([]);
});

test('names axes that stay apart, axes that must stay, and moves across segments', () => {
  const wholes = { group: 'heads', block: 4 };
  expect(symmetryExcess(specs(wholes, null, null), inferred)).toEqual([
    'k axis 0: declared groups move it otherwise than axes it is tied to',
  ]);
  expect(symmetryExcess(specs({ group: 'all' }, { group: 'all' }, null), inferred)).toHaveLength(2);
  expect(symmetryExcess(specs(null, null, { group: 'x' }, { group: 'x' }), inferred)).toEqual([
    'w axis 1: declared groups move what must stay, or across parts',
  ]);
});
