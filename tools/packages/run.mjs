// Starting npm and the commands of packages, on any platform: no shell, and no `.cmd` file that only one would understand.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** The JavaScript file behind a package's command, to be run by Node: `name` where the package has several. */
export function binary(packageName, name) {
  const folder = folderOf(packageName);
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[name ?? Object.keys(bin)[0]]);
}

/** npm's own file: of the npm that runs this script, or else of the one beside Node. */
export function npmFile() {
  const beside = path.dirname(process.execPath);
  const found = [
    process.env.npm_execpath,
    path.join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    path.join(beside, 'node_modules/npm/bin/npm-cli.js'),
  ].find((file) => file?.endsWith('npm-cli.js') && fs.existsSync(file));
  if (found === undefined) throw new Error('npm: its npm-cli.js beside Node, got none; run this by `npm run`');
  return found;
}

/** What npm prints. */
export const npm = (args, cwd, options = {}) =>
  execFileSync(process.execPath, [npmFile(), ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
    ...options,
  });

function folderOf(packageName) {
  const folder = require.resolve.paths(packageName).find((each) => fs.existsSync(path.join(each, packageName, 'package.json')));
  if (folder === undefined) throw new Error(`${packageName}: an installed package, got none; run npm ci`);
  return path.join(folder, packageName);
}
