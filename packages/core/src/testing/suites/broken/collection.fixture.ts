import type { Family } from '../../../container/index.js';
import type { Contract } from '../check.js';

/** A plugin with one fault, and the check that must find it. */
export interface Broken {
  readonly fault: string;
  /** How the name of the check ends. */
  readonly caughtBy: string;
  readonly contract: Contract;
}

/** Plugins of one family: right ones, and the same with one fault each. */
export interface Collection {
  readonly family: Family;
  readonly right: readonly Contract[];
  readonly broken: readonly Broken[];
}

/** Every change of a plugin as a broken one: `[fault, caughtBy, change]`. */
export const brokenBy = <T>(
  contractOf: (change: Partial<T>) => Contract,
  faults: readonly (readonly [fault: string, caughtBy: string, change: Partial<T>])[],
): Broken[] => faults.map(([fault, caughtBy, change]) => ({ fault, caughtBy, contract: contractOf(change) }));
