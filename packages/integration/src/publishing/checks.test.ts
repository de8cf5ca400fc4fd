/** The checks that guard a release, shown what they must refuse. */
import { describe, expect, test } from '@jest/globals';

const tool = (file: string): string => new URL(`../../../../tools/packages/${file}`, import.meta.url).href;

type Manifest = Record<string, unknown> & { exports: Record<string, Record<string, string>>; scripts: Record<string, string> };
const { manifestOf, publishedPackages, closure } = (await import(tool('manifests.mjs'))) as {
  manifestOf(name: string): Manifest;
  publishedPackages(): string[];
  closure(name: string, options?: { peers: boolean }): Set<string>;
};
const { skeletonProblems } = (await import(tool('skeleton.mjs'))) as { skeletonProblems(name: string, manifest?: Manifest): string[] };
const { licenceProblems, isPermissive } = (await import(tool('licence-policy.mjs'))) as {
  isPermissive(expression: string): boolean;
  licenceProblems(components: { name: string; version: string; licence: string }[], options: { shipped: boolean }): string[];
};
const { sizeProblems } = (await import(tool('sizes.mjs'))) as {
  sizeProblems(name: string, sizes: { tarballKB: number; broughtMB: number }): string[];
};

describe('package.json', () => {
  test.each(publishedPackages())('%s has the skeleton of all', (name) => expect(skeletonProblems(name)).toEqual([]));
  test.each<[string, (manifest: Manifest) => void, string]>([
    ['a field that is missing', (manifest) => delete manifest['repository'], '"repository" is missing'],
    ['a field that no other has', (manifest) => (manifest['main'] = './dist/index.js'), '"main" is in no other package'],
    ['another licence', (manifest) => (manifest['license'] = 'MIT'), '"license" is "Apache-2.0", got "MIT"'],
    ['types that are not those of the import', (manifest) => (manifest.exports['.']!['types'] = './dist/cka.d.ts'), 'exports["."] is'],
    [
      'side effects of a file that is none',
      (manifest) => (manifest['sideEffects'] = ['./dist/../src/none.ts']),
      '"sideEffects" name files',
    ],
    ['a peer that everybody would need', (manifest) => (manifest['peerDependenciesMeta'] = {}), 'is optional, or a dependency'],
    ['a script for one shell', (manifest) => (manifest.scripts['build'] = 'NODE_ENV=test tsc -b'), 'runs in a POSIX shell only'],
    ['a removal for one shell', (manifest) => (manifest.scripts['build'] = 'tsc -b && rm -rf dist'), 'runs in a POSIX shell only'],
  ])('%s is refused', (_, spoil, complaint) => {
    const manifest = structuredClone(manifestOf('metrics'));
    spoil(manifest);
    expect(skeletonProblems('metrics', manifest).join('\n')).toContain(complaint);
  });
  test('a metric needs neither core nor what core stands on', () => {
    expect([...closure('metrics')].sort()).toEqual(['metrics', 'tensor']);
    expect([...closure('xla')].sort()).toEqual(['tensor', 'xla']);
    expect([...closure('metrics', { peers: true })].sort()).toEqual(['core', 'metrics', 'tensor']);
  });
});

describe('licences', () => {
  test('expressions are permissive where one choice is', () => {
    expect(['MIT', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND MIT'].map(isPermissive)).toEqual([true, true, true]);
    expect(['', 'GPL-3.0-only', 'MIT AND LGPL-2.1-only', 'SEE LICENSE IN LICENSE'].map(isPermissive)).toEqual([false, false, false, false]);
  });
  test('copyleft and unknown ones are refused; what was read by hand may be used here, not shipped', () => {
    const component = (name: string, licence: string) => [{ name, version: '1.0.0', licence }];
    expect(licenceProblems(component('a', 'AGPL-3.0-only'), { shipped: false })).toHaveLength(1);
    expect(licenceProblems(component('a', ''), { shipped: true })).toEqual([
      'a@1.0.0 has no licence that npm can read: a package that users get must be permissive',
    ]);
    expect(licenceProblems(component('axe-core', 'MPL-2.0'), { shipped: false })).toEqual([]);
    expect(licenceProblems(component('axe-core', 'GPL-2.0-only'), { shipped: false })).toHaveLength(1);
    expect(licenceProblems(component('axe-core', 'MPL-2.0'), { shipped: true })).toHaveLength(1);
  });
});

test('a package beyond its budget is refused, and one without', () => {
  expect(sizeProblems('metrics', { tarballKB: 1, broughtMB: 1 })).toEqual([]);
  expect(sizeProblems('metrics', { tarballKB: 10_000, broughtMB: 15 })).toHaveLength(2);
  expect(sizeProblems('nobody', { tarballKB: 1, broughtMB: 1 })).toEqual(['no budget: add a line to tools/packages/sizes.mjs']);
});
