import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { cacheFolder, dataFolder } from './index.js';

test.each([
  [{ env: { BASINLAB_CACHE: '/chosen', XDG_CACHE_HOME: '/xdg', HOME: '/home/a' }, platform: 'linux' }, '/chosen'],
  [{ env: { XDG_CACHE_HOME: '/xdg', HOME: '/home/a' }, platform: 'linux' }, join('/xdg', 'basinlab')],
  [{ env: { HOME: '/home/a' }, platform: 'linux' }, join('/home/a', '.cache', 'basinlab')],
  [{ env: { HOME: '/Users/a' }, platform: 'darwin' }, join('/Users/a', 'Library', 'Caches', 'basinlab')],
  [{ env: { LOCALAPPDATA: '/local' }, platform: 'win32' }, join('/local', 'basinlab', 'Cache')],
] as const)('%j keeps downloads in %s', (machine, folder) => {
  expect(cacheFolder(machine)).toBe(folder);
});

test('data sets are below the cache, or in a folder of their own', () => {
  expect(dataFolder({ env: { BASINLAB_CACHE: '/chosen' }, platform: 'linux' })).toBe(join('/chosen', 'datasets'));
  expect(dataFolder({ env: { BASINLAB_CACHE: '/chosen', BASINLAB_DATA: '/data' }, platform: 'linux' })).toBe('/data');
});
