import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../../index.js';
import { families } from '../../container/index.js';
import { testContract } from '../jest.js';
import { collections } from './broken/index.fixture.js';
import type { Contract } from './check.js';

/** Names of the checks that each broken plugin fails. */
const failed = new Map<Contract, readonly string[]>();

beforeAll(async () => {
  await tf.setBackend('cpu');
  for (const { contract } of collections.flatMap(({ broken }) => broken)) failed.set(contract, await failures(contract));
});

async function failures({ checks }: Contract): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch {
      names.push(name);
    }
  }
  return names;
}

test('every family has right plugins, and five broken ones at least', () => {
  expect(collections.map(({ family }) => family).sort()).toEqual([...families].sort());
  for (const { right, broken } of collections) {
    expect(right.length).toBeGreaterThan(0);
    expect(broken.length).toBeGreaterThanOrEqual(5);
  }
});

for (const { right } of collections) right.forEach(testContract);

describe.each([...collections])('the suite of family $family notices', ({ broken }) => {
  test.each(broken.map(({ fault, ...rest }) => [fault, rest] as const))('%s', (_, { caughtBy, contract }) => {
    expect(failed.get(contract)!.filter((name) => name.endsWith(caughtBy))).not.toEqual([]);
  });
});

test('there is no check that finds nothing', () => {
  // Checks of ids, summaries and options are those of all families.
  const property = (name: string): string => name.replace(/^(\{[^}]*\}|[a-z]+): /, '');
  const all = new Set([...failed.keys()].flatMap(({ checks }) => checks.map(({ name }) => property(name))));
  const finding = new Set([...failed.values()].flat().map(property));
  expect([...all].filter((name) => !finding.has(name))).toEqual([]);
});
