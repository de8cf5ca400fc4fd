import { readFile } from 'node:fs/promises';
import { families, type Family } from './families.js';
import type { Names } from './names.js';
import { runners, type Runner } from './runners.js';

/** What is imported by the templates and must be the same instance as the laboratory's. */
const shared = ['@basinlab/core', '@tensorflow/tfjs-core'];
const tools = ['@basinlab/models-asymmetric', '@changesets/cli', '@tensorflow/tfjs-backend-cpu', '@types/node', 'typescript'];

/** What a family needs beside that: peers are what its members import, tools what their tests do. */
const needs: Readonly<Partial<Record<Family, { readonly peers: readonly string[]; readonly tools: readonly string[] }>>> = {
  executor: { peers: ['@basinlab/experiments'], tools: ['@basinlab/cli'] },
};

/** The package.json of a plugin: versions are those that this package is developed with. */
export async function manifestOf(names: Names, family: Family, runner: Runner): Promise<string> {
  const { peers, tools: own } = needs[family] ?? { peers: [], tools: [] };
  const self = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const versions = (packages: readonly string[]): Record<string, string> =>
    Object.fromEntries([...packages].sort().map((name) => [name, compatible(self.devDependencies[name]!)]));
  const manifest = {
    name: names.package,
    version: '0.0.0',
    description: `A plugin of Basinlab: ${families[family]}`,
    keywords: ['basinlab', 'basinlab-plugin'],
    license: 'Apache-2.0',
    type: 'module',
    files: ['dist', '!dist/**/*.test.*'],
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    engines: { node: '>=20.19' },
    scripts: { build: 'tsc', test: runners[runner].test, prepack: 'npm run build', release: 'changeset publish' },
    dependencies: versions(['zod']),
    peerDependencies: versions([...shared, ...peers]),
    devDependencies: versions([...shared, ...peers, ...tools, ...own, ...runners[runner].packages]),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const compatible = (version: string): string => (/^\d/.test(version) ? `^${version}` : version);
