import { expect, test } from '@jest/globals';
import { requireVersion } from './api-table.js';

test('accepts later minor versions, refuses other major and too old minor ones', () => {
  expect(() => requireVersion({ major: 0, minor: 40 }, 'p.so')).not.toThrow();
  expect(() => requireVersion({ major: 0, minor: 500 }, 'p.so')).not.toThrow();
  expect(() => requireVersion({ major: 1, minor: 0 }, 'p.so')).toThrow('pjrt: a plugin of PJRT C API 0.40 or a later 0.x, got 1.0 in p.so');
  expect(() => requireVersion({ major: 0, minor: 39 }, 'p.so')).toThrow('got 0.39 in p.so');
});
