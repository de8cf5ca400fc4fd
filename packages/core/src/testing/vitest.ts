import { describe, test } from 'vitest';
import type { Contract } from './suites/check.js';

export { matchers } from '@basinlab/tensor/testing/vitest';

/** Declares the checks of a contract as tests of vitest. Register and select a tfjs backend first. */
export function testContract({ name, checks }: Contract): void {
  describe(name, () => {
    for (const check of checks) test(check.name, check.run, check.timeout);
  });
}
