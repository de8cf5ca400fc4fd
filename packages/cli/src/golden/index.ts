import { activationMatchingCheck } from './checks/activation-matching.js';
import { weightMatchingCheck } from './checks/weight-matching.js';
import type { GoldenCheck } from './contract.js';

export { checkGolden, type CheckGoldenOptions, type FixtureReport, type GoldenReport } from './check-golden.js';
export type { ExpectedTensor, GoldenCheck, GoldenFixture, GoldenTensor, GoldenTolerance } from './contract.js';

/** Every check, in no particular order: add a new one here. */
export const goldenChecks: readonly GoldenCheck[] = [activationMatchingCheck, weightMatchingCheck];
