// What the package.json of every published package must say, so that all are alike: where it lives, how it is found, what it ships.
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { importsOf, manifestOf, packageFolder, root } from './manifests.mjs';

const repository = 'https://github.com/basinlab/basinlab';

/** All keys, in order; those of `optional` only where they are needed. */
const order = [
  ...['name', 'version', 'description', 'keywords', 'homepage', 'bugs', 'repository', 'license', 'type', 'sideEffects', 'engines'],
  ...['publishConfig', 'files', 'exports', 'bin', 'scripts', 'dependencies', 'optionalDependencies', 'peerDependencies'],
  ...['peerDependenciesMeta', 'devDependencies', 'nx'],
];
const optional = ['bin', 'optionalDependencies', 'peerDependencies', 'peerDependenciesMeta', 'devDependencies'];

/** What is the same in all, but for the package's name. */
const same = (name) => ({
  name: `@basinlab/${name}`,
  homepage: `${repository}/tree/main/packages/${name}#readme`,
  bugs: { url: `${repository}/issues` },
  repository: { type: 'git', url: `git+${repository}.git`, directory: `packages/${name}` },
  license: 'Apache-2.0',
  type: 'module',
  engines: JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).engines,
  publishConfig: { access: 'public' },
  nx: { tags: [`package:${name}`] },
});

/** What the tarball holds: sources beside what was built, for source maps; nothing of tests. */
const files = ['dist', 'src', '!src/**/*.test.ts', '!src/**/*.fixture.ts', '!src/**/fixtures'];

/** What only a POSIX shell understands. `&&` is understood by all that npm starts. */
const shellOnly = /(^|&& *)[A-Z_]+=|\$\(|\$\{|`|;|\||(^|&& *)(rm|cp|mv|mkdir|export|cat) |'/;

/** Sentences about npm scripts that would not run on Windows. */
export const scriptProblems = ({ scripts = {} }) =>
  Object.entries(scripts)
    .filter(([, command]) => shellOnly.test(command))
    .map(([name, command]) => `script "${name}" runs in a POSIX shell only: ${command}`);

/** Sentences, one for each thing that is not as it must be. */
export function skeletonProblems(name, manifest = manifestOf(name)) {
  const problems = scriptProblems(manifest);
  const require = (holds, problem) => void (holds || problems.push(problem));
  const show = (value) => JSON.stringify(value);

  for (const key of Object.keys(manifest))
    require(order.includes(key), `"${key}" is in no other package: take it out, or add it to tools/packages/skeleton.mjs`);
  for (const key of order) require(key in manifest || optional.includes(key), `"${key}" is missing`);
  const keys = Object.keys(manifest).filter((key) => order.includes(key));
  const sorted = order.filter((key) => key in manifest);
  require(isDeepStrictEqual(keys, sorted), `keys in the order ${sorted.join(', ')}`);

  for (const [key, value] of Object.entries(same(name)))
    require(isDeepStrictEqual(manifest[key], value), `"${key}" is ${show(value)}, got ${show(manifest[key])}`);
  require((manifest.description ?? '').length >= 20, '"description" says what it is in a sentence');
  require((manifest.keywords ?? []).length >= 4, '"keywords" are four at least');
  require(isDeepStrictEqual((manifest.files ?? []).slice(0, files.length), files), `"files" begin with ${show(files)}`);
  require(Object.values(manifest.scripts ?? {})
    .join(' ')
    .includes(`packages/${name}/`), `"scripts.test" runs the tests of packages/${name}/`);

  for (const [entry, targets] of Object.entries(manifest.exports ?? {})) {
    if (typeof targets === 'string') continue;
    const source = targets['basinlab-source'] ?? '';
    const base = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
    const wanted = { 'basinlab-source': source, types: `${base}.d.ts`, default: `${base}.js` };
    require(isDeepStrictEqual(
      Object.entries(targets),
      Object.entries(wanted),
    ), `exports["${entry}"] is ${show(wanted)}, got ${show(targets)}`);
    require(fs.existsSync(path.join(packageFolder(name), source)), `exports["${entry}"] names a source that exists, got ${source}`);
  }
  for (const file of Array.isArray(manifest.sideEffects) ? manifest.sideEffects : [])
    require(file.includes('*') || fs.existsSync(path.join(packageFolder(name), file)), `"sideEffects" name files that exist, got ${file}`);
  for (const peer of Object.keys(manifest.peerDependencies ?? {}))
    require(peer in (manifest.peerDependenciesMeta ?? {}) || peer === '@tensorflow/tfjs-core', `peer ${peer} is optional, or a dependency`);
  for (const file of ['README.md', 'LICENSE']) require(fs.existsSync(path.join(packageFolder(name), file)), `${file} is missing`);
  require(importsOf(name).length > 0, '"exports" name something to import');
  return problems;
}
