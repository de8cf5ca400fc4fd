import { expect, test } from '@jest/globals';
import { isSetIn, tunablesWith } from './malloc-settings.js';

const arenas = { name: 'arena_max', variable: 'MALLOC_ARENA_MAX', value: 2 };
const pages = { name: 'hugetlb', value: 1 };

test('a setting counts as made by its name and by its older variable', () => {
  expect(isSetIn({}, arenas)).toBe(false);
  expect(isSetIn({ GLIBC_TUNABLES: 'glibc.malloc.arena_max=4' }, arenas)).toBe(true);
  expect(isSetIn({ MALLOC_ARENA_MAX: '4' }, arenas)).toBe(true);
  expect(isSetIn({ GLIBC_TUNABLES: 'glibc.malloc.arena_max=4' }, pages)).toBe(false);
});

test('settings are added to those that are there, and none is made twice', () => {
  expect(tunablesWith({}, [pages, arenas])).toBe('glibc.malloc.hugetlb=1:glibc.malloc.arena_max=2');
  expect(tunablesWith({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=2', MALLOC_ARENA_MAX: '4' }, [pages, arenas])).toBe('glibc.malloc.hugetlb=2');
});
