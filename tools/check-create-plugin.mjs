// Proves that what `npm create @basinlab/plugin` makes works at once, from tarballs of the workspace in empty folders: it installs, its tests pass, it compiles
// with `strict` and without `skipLibCheck`, and the packed command runs every command of its README.
//   node tools/check-create-plugin.mjs [FAMILY[:RUNNER] ...]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { closure, packageFolder } from './packages/manifests.mjs';
import { npm } from './packages/run.mjs';

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-create-'));
process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));
const run = (file, args, cwd) =>
  execFileSync(process.execPath, [file, ...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const install = (folder, args) =>
  npm(['install', '--silent', '--prefer-offline', '--ignore-scripts', '--no-fund', '--no-audit', ...args], folder);
const packed = new Map();
function tarball(name) {
  if (!packed.has(name))
    packed.set(name, path.join(work, JSON.parse(npm(['pack', '--json', '--pack-destination', work], packageFolder(name)))[0].filename));
  return packed.get(name);
}
const all = [
  'breaking',
  'measurement',
  're-basin',
  'dataset',
  'architecture',
  'optimizer',
  'schedule',
  'reproduction',
  'metric',
  'sink',
  'engine',
  'executor',
];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : [...all, 'breaking:jest', 'breaking:node'];
// The machine's own settings and configuration are none of a stranger's.
const env = { ...process.env, BASINLAB_CONFIG: path.join(work, 'config'), NODE_OPTIONS: '' };

const emptyFolder = (name) => {
  const folder = path.join(work, name);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  return folder;
};
const tools = emptyFolder('tools');
install(tools, [...new Set([...closure('cli'), ...closure('create-plugin')])].map(tarball));
const command = (name, file = name) => path.join(tools, 'node_modules/@basinlab', name, `bin/${file}.mjs`);

/** What is installed at the moment: where, and what was asked for. */
let installed = { folder: '', asked: '' };

/** Installs a made package. Families ask for the same packages: what one has installed moves on to the next that asks for just that. */
function installAs(folder) {
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const asked = JSON.stringify({ dependencies, peerDependencies, devDependencies });
  if (installed.asked === asked) fs.renameSync(path.join(installed.folder, 'node_modules'), path.join(folder, 'node_modules'));
  // What is not published yet comes from here.
  else {
    const ours = ['models-asymmetric', ...('@basinlab/cli' in devDependencies ? ['cli'] : [])];
    install(folder, ['--save-dev', ...[...new Set(ours.flatMap((name) => [...closure(name)]))].map(tarball)]);
  }
  installed = { folder, asked };
}

/** The words of a command line without quotes. */
const words = (line) => line.split(/\s+/).filter((word) => word !== '');

let failed = 0;
for (const choice of chosen) {
  const [family, runner = 'vitest'] = choice.split(':');
  const name = `basinlab-plugin-${family}-${runner}`;
  const folder = path.join(work, name);
  const began = Date.now();
  try {
    run(command('create-plugin'), [folder, '--family', family, '--runner', runner], work);
    installAs(folder);
    // Jest tells its results on standard error, or as JSON.
    const tested = npm(['test', ...(runner === 'jest' ? ['--', '--json'] : [])], folder, { env });
    npm(['run', 'build'], folder, { env });
    const readme = fs.readFileSync(path.join(folder, 'README.md'), 'utf8');
    const lines = [...readme.matchAll(/^npx basinlab (.*)$/gm)].map(([, line]) => line);
    if (lines.length === 0) throw new Error('the README has no command');
    for (const line of lines) {
      const engine = /^(train|measure|align|reproduce) /.test(line) && !line.includes('--engine') ? ['--engine', 'wasm'] : [];
      run(command('cli', 'basinlab'), [...words(line), ...engine], folder);
    }
    const { plugins, failed: broken } = JSON.parse(
      run(command('cli', 'basinlab'), ['plugins', '--plugin', './dist/index.js', '--json'], folder),
    );
    const own = plugins.filter(({ from }) => from === path.join(folder, 'dist/index.js'));
    if (own.length !== 1 || own[0].id !== `${family}-${runner}` || broken.length > 0) throw new Error(JSON.stringify({ own, broken }));
    const count = /(\d+) passed|# pass (\d+)|"numPassedTests":(\d+)/
      .exec(tested.replace(/Test Files.*/, ''))
      ?.slice(1)
      .find(Boolean);
    if (!(Number(count) > 5)) throw new Error(`the tests ran as\n${tested}`);
    console.log(
      `${family} with ${runner}: made, installed, ${count} tests, compiled, ${lines.length} commands, ${Math.round((Date.now() - began) / 1000)} s`,
    );
  } catch (error) {
    failed++;
    console.error(
      `${family} with ${runner}: failed\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.stack : ''}`,
    );
  }
}
console.log(`${chosen.length - failed} made packages passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
