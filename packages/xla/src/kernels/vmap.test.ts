import { beforeAll, expect, test } from '@jest/globals';
import '@basinlab/tensor';
import { describeWithPlugin, testLibrary } from '../testing.fixture.js';
import type { KernelCase } from './fixtures/case.fixture.js';
import { computeMapped, difference } from './fixtures/compare.fixture.js';
import type { Outcome } from './fixtures/compare.fixture.js';
import { startXla } from './fixtures/engine.fixture.js';
import { families } from './fixtures/families.fixture.js';

/** One case of every kernel that has inputs, the first whose inputs are not empty. */
function representatives(cases: readonly KernelCase[]): KernelCase[] {
  const chosen = new Map<string, KernelCase>();
  const full = cases.filter(
    ({ inputs }) => inputs.length > 0 && inputs.every(({ values, shape }) => values.length > 0 && shape.length > 0),
  );
  for (const each of full) if (!chosen.has(each.kernels[0]!)) chosen.set(each.kernels[0]!, each);
  return [...chosen.values()];
}

beforeAll(async () => {
  if (testLibrary !== null) await startXla(() => undefined);
});

describeWithPlugin.each(Object.entries(families).map(([name, cases]) => [name, representatives(cases)] as const))(
  '%s kernels under vmap equal a loop',
  (_, cases) => {
    let outcomes: { mapped: Outcome[]; single: Outcome[] };
    beforeAll(() => {
      outcomes = computeMapped(cases);
    });

    test.each(cases.map((each, i) => [each.name, each, i] as const))('%s', (__, each, i) => {
      expect(difference(outcomes.mapped[i]!, outcomes.single[i]!, each.tolerance)).toBeNull();
    });
  },
);
