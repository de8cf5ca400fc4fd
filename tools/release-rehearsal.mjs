// A release that reaches nobody: versions by changesets in a copy of the tree, tarballs, a registry on the loopback interface, and from there an installation
// in empty folders with npm, pnpm and yarn, where two first examples run - one metric, one training by the command - on every Node, Deno and Bun that can be had.
// Everything is in a temporary folder that is removed in the end.
//   npm run build && node tools/release-rehearsal.mjs [metric|training]     one example only
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { manifestOf } from './packages/manifests.mjs';
import { npm } from './packages/run.mjs';
import { sizeOf } from './packages/sizes.mjs';
import { emptyFolder, managers } from './rehearsal/managers.mjs';
import { startRegistry } from './rehearsal/registry.mjs';
import { copyTree, publishTree, versionTree } from './rehearsal/release.mjs';
import { runtimes, wanted } from './rehearsal/runtimes.mjs';

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-rehearsal-'));
const tfjs = manifestOf('tensor').dependencies['@tensorflow/tfjs-core'];
const examples = {
  metric: {
    packages: ['@basinlab/metrics', `@tensorflow/tfjs-core@${tfjs}`, `@tensorflow/tfjs-backend-cpu@${tfjs}`],
    args: ['first-metric.mjs'],
  },
  training: {
    packages: ['@basinlab/cli'],
    args: ['node_modules/@basinlab/cli/bin/basinlab.mjs', 'train', 'mnist-mlp-w', '--scale', 'smoke', '--out', 'runs/first'],
  },
};

const wantedExample = process.argv[2];
let failed = 0;
/** What `task` took in seconds, or the end of its complaint. */
async function attempt(task) {
  const start = performance.now();
  try {
    await task();
    return `${((performance.now() - start) / 1000).toFixed(1)} s`;
  } catch (error) {
    failed++;
    console.error(`${error.stderr ?? ''}${error.stdout ?? ''}${error.stack}`.slice(-3000));
    return 'FAILED';
  }
}

function table(title, rows) {
  console.log(`\n${title}\n`);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) console.log(`  ${row.map((cell, column) => String(cell).padEnd(widths[column])).join('  ')}`.trimEnd());
}

/** verdaccio, package managers and runtimes, in a folder of their own. */
function fetchTools() {
  const tools = path.join(work, 'tools');
  fs.mkdirSync(tools);
  // Verdaccio asks for node-fetch by a tag that not every mirror keeps.
  fs.writeFileSync(path.join(tools, 'package.json'), JSON.stringify({ private: true, overrides: { 'node-fetch': '2.7.0' } }));
  const quietly = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  npm([...quietly, 'verdaccio@6', 'pnpm@10', '@yarnpkg/cli-dist@4'], tools);
  for (const [name, { alias, package: spec }] of Object.entries(wanted))
    try {
      npm([...quietly, `${alias}@npm:${spec}`], tools);
    } catch {
      console.error(`${name} could not be had: ${spec}`);
    }
  return tools;
}

let registry;
process.on('exit', () => {
  registry?.stop();
  fs.rmSync(work, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

async function rehearse() {
  const tools = fetchTools();
  const tree = path.join(work, 'tree');
  fs.mkdirSync(tree);
  copyTree(tree);
  const released = versionTree(tree);
  if (released.length === 0) throw new Error('rehearsal: a changeset that asks for a release, got none; npx changeset writes one');
  registry = await startRegistry(work, tools);
  const published = publishTree(tree, released, registry);
  table('Published', [
    ['package', 'version', 'tarball'],
    ...published.map(({ name, version, bytes }) => [name, version, `${(bytes / 1e3).toFixed(0)} kB`]),
  ]);

  const installed = [['example', 'manager', 'installs in', 'node_modules']];
  const ran = [['example', 'installed by', 'runtime', 'result']];
  for (const [example, { packages, args }] of Object.entries(examples).filter(
    ([name]) => wantedExample === undefined || name === wantedExample,
  ))
    for (const [manager, install] of Object.entries(managers(tools))) {
      const folder = emptyFolder(work, `${example}-${manager}`);
      const took = await attempt(() => install(folder, packages, registry));
      const megabytes = took === 'FAILED' ? '' : `${(sizeOf(path.join(folder, 'node_modules')) / 1e6).toFixed(1)} MB`;
      installed.push([example, manager, took, megabytes]);
      if (took === 'FAILED') continue;
      fs.copyFileSync(fileURLToPath(new URL('rehearsal/first-metric.mjs', import.meta.url)), path.join(folder, 'first-metric.mjs'));
      // One runtime tells whether a manager works, one manager whether a runtime does.
      const several = Object.entries(runtimes(tools));
      for (const [runtime, { file, before }] of manager === 'npm' ? several : several.slice(0, 1)) {
        fs.rmSync(path.join(folder, 'runs'), { recursive: true, force: true });
        // Nothing of this machine: no engine that was installed here, no plugins that were trusted here.
        const env = {
          ...process.env,
          BASINLAB_CACHE: path.join(folder, 'cache'),
          BASINLAB_CONFIG: path.join(folder, 'config'),
          DENO_DIR: path.join(folder, 'deno'),
        };
        const start = () => promisify(execFile)(file, [...before, ...args], { cwd: folder, env, timeout: 300_000, maxBuffer: 2 ** 26 });
        ran.push([example, manager, runtime, await attempt(start)]);
      }
    }
  table('Installed in an empty folder', installed);
  table('First examples', ran);
}

await rehearse();
console.log(failed === 0 ? '\nReady to be released' : `\n${failed} attempts failed`);
process.exit(failed === 0 ? 0 : 1);
