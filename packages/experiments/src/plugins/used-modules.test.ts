import { expect, test } from '@jest/globals';
import { createBuiltinRegistry } from '../registry.js';
import { experimentSchema } from '../experiment/schema.js';
import { usedModules } from './used-modules.js';

test('of all modules those are used that a plugin of the settings is from', () => {
  const registry = createBuiltinRegistry();
  const [dataset, schedule] = [registry.resolve('dataset', 'mnist'), registry.resolve('schedule', 'constant')];
  registry.registerModule({ dataset: [{ ...dataset, id: 'digits' }] }, '/data.mjs');
  registry.registerModule({ schedule: [{ ...schedule, id: 'slow' }] }, 'a-package');
  const hashes = { '/data.mjs': '1', 'a-package': '2', '/other.mjs': '3' };
  const used = (settings: object) => usedModules(experimentSchema.parse(settings), registry, hashes);
  expect(used({})).toEqual({});
  expect(used({ dataset: { id: 'digits' } })).toEqual({ '/data.mjs': '1' });
  expect(used({ dataset: { id: 'digits' }, training: { schedule: { id: 'slow' } } })).toEqual({ '/data.mjs': '1', 'a-package': '2' });
});
