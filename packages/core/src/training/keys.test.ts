import { expect, test } from '@jest/globals';
import { populationKeys } from './keys.js';

test('models have keys of their own, by role, and share those of the constants', () => {
  const { constants, models } = populationKeys(5, 3);
  const all = [constants, ...models.flatMap(({ init, order, augment, dropout }) => [init, order, augment, dropout])].map(String);
  expect(new Set(all).size).toBe(1 + 3 * 4);
  expect(populationKeys(5, 1)).toEqual({ constants, models: [models[0]!] });
  expect(populationKeys(6, 3).constants).not.toEqual(constants);
});

test('given seeds replace those of their role only', () => {
  const drawn = populationKeys(5, 2);
  const given = populationKeys(5, 2, { init: [8, 8], constants: 1 });
  expect(given.models[0]!.init).toEqual(given.models[1]!.init);
  expect(given.models.map(({ order }) => order)).toEqual(drawn.models.map(({ order }) => order));
  expect(given.constants).not.toEqual(drawn.constants);
  expect(populationKeys(9, 2, { constants: 1 }).constants).toEqual(given.constants);
});
