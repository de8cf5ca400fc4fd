// Proves that every package can be published on its own: its package.json is like the others' and complete, publint and "are the types wrong" are clean,
// the tarball installs in an empty folder together with the tarballs of the @basinlab packages it names and nothing else, within its budget; every export
// imports as ESM, and its types resolve. Where package-uses/NAME exists, its use.mjs runs there too.
//   node tools/check-packages.mjs [name ...]
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { closure, importsOf, manifestOf, packageFolder, publishedPackages, root, scope } from './packages/manifests.mjs';
import { binary, npmFile } from './packages/run.mjs';
import { sizeOf, sizeProblems } from './packages/sizes.mjs';
import { scriptProblems, skeletonProblems } from './packages/skeleton.mjs';

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-packages-'));
/** Runs a program's JavaScript file and gives what it prints. */
const run = async (file, args, cwd) => (await promisify(execFile)(process.execPath, [file, ...args], { cwd, maxBuffer: 2 ** 28 })).stdout;
const npm = (args, cwd) => run(npmFile(), args, cwd);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : publishedPackages();

/** What the programs of package-uses need beside the package: a backend, and what reads their files. */
const companions = { metrics: [`@tensorflow/tfjs-backend-cpu@${manifestOf('metrics').dependencies['@tensorflow/tfjs-core']}`] };

const packed = JSON.parse(
  await npm(['pack', '--json', '--pack-destination', work, ...publishedPackages().flatMap((name) => ['--workspace', scope + name])], root),
);
const tarballs = new Map(packed.map(({ name, filename }) => [name.slice(scope.length), path.join(work, filename)]));
const tarball = (name) => tarballs.get(name);

const quietly = ['--silent', '--prefer-offline', '--ignore-scripts', '--no-fund', '--no-audit'];
function emptyFolder(name) {
  const folder = fs.mkdtempSync(path.join(work, `${name}-`));
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  return folder;
}

/** MB of TensorFlow.js's core, which every comparison leaves out. */
const tfjsMB = await (async () => {
  const folder = emptyFolder('tfjs');
  await npm(['install', ...quietly, `@tensorflow/tfjs-core@${manifestOf('tensor').dependencies['@tensorflow/tfjs-core']}`], folder);
  return sizeOf(path.join(folder, 'node_modules')) / 1e6;
})();

/** Imports every export, in Node and for the type checker. */
async function importAll(name, folder) {
  const specifiers = importsOf(name)
    .filter((entry) => !/\/testing\/(jest|vitest)$/.test(entry))
    .map((entry) => scope + name + entry.slice(1));
  fs.writeFileSync(
    path.join(folder, 'use.mjs'),
    specifiers.map((s) => `console.log(${JSON.stringify(s)}, Object.keys(await import(${JSON.stringify(s)})).length);`).join('\n'),
  );
  await run('use.mjs', [], folder);
  fs.writeFileSync(
    path.join(folder, 'use.mts'),
    specifiers.map((s, i) => `import * as m${i} from ${JSON.stringify(s)};\nvoid m${i};`).join('\n'),
  );
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--types', '', '--module', 'nodenext', '--target', 'es2023'];
  await run(path.join(root, 'node_modules/typescript-native/bin/tsc'), [...options, 'use.mts'], folder);
  return specifiers.length;
}

let failed = 0;
for (const problem of scriptProblems(JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')))) {
  failed++;
  console.error(`package.json: ${problem}`);
}
async function check(name) {
  const problems = skeletonProblems(name);
  if (problems.length > 0) throw new Error(`package.json:\n  ${problems.join('\n  ')}`);
  await run(binary('publint'), ['--strict'], packageFolder(name));
  await run(binary('@arethetypeswrong/cli'), [tarball(name), '--profile', 'esm-only', '--format', 'ascii'], root);

  const folder = emptyFolder(name);
  const own = [...closure(name)].map(tarball);
  await npm(['install', ...quietly, ...own], folder);
  const tarballKB = fs.statSync(tarball(name)).size / 1e3;
  const broughtMB = sizeOf(path.join(folder, 'node_modules')) / 1e6 - tfjsMB;
  const tooLarge = sizeProblems(name, { tarballKB, broughtMB });
  if (tooLarge.length > 0) throw new Error(tooLarge.join('\n'));

  const withPeers = [...closure(name, { peers: true })].filter((each) => !closure(name).has(each)).map(tarball);
  const others = [...withPeers, ...(companions[name] ?? [])];
  if (others.length > 0) await npm(['install', ...quietly, ...own, ...others], folder);
  const imports = await importAll(name, folder);
  const uses = path.join(root, 'tools/package-uses', name);
  if (fs.existsSync(uses)) {
    fs.cpSync(uses, folder, { recursive: true });
    await run('use.mjs', [], folder);
  }
  fs.rmSync(folder, { recursive: true });
  const size = `${tarballKB.toFixed(0)} kB, brings ${broughtMB.toFixed(1)} MB beyond tfjs-core`;
  console.log(`${scope}${name}: packs, installs and imports alone (${imports} imports, ${size})`);
}

const waiting = [...chosen];
async function checkNext() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    try {
      await check(name);
    } catch (error) {
      failed++;
      console.error(`${scope}${name}: failed\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.stack : ''}`);
    }
  }
}
await Promise.all(Array.from({ length: os.availableParallelism() }, checkNext));
fs.rmSync(work, { recursive: true, force: true });
console.log(`${chosen.length} packages checked, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
