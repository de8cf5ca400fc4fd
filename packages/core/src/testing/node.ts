import { describe, test } from 'node:test';
import type { Contract } from './suites/check.js';

/** Declares the checks of a contract as tests of Node's own runner. Register and select a tfjs backend first. */
export function testContract({ name, checks }: Contract): void {
  void describe(name, () => {
    for (const check of checks)
      void test(check.name, check.timeout === undefined ? {} : { timeout: check.timeout }, async () => check.run());
  });
}
