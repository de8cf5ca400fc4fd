import { describe, test } from '@jest/globals';
import type { Contract } from './suites/check.js';

export { matchers } from '@basinlab/tensor/testing/jest';

/** Declares the checks of a contract as tests of jest. Register and select a tfjs backend first. */
export function testContract({ name, checks }: Contract): void {
  describe(name, () => {
    for (const check of checks) test(check.name, check.run, check.timeout);
  });
}
