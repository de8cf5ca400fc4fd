// Installing from the registry in an empty folder, with each of the package managers that people use, every one with a cache of its own.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { npmFile } from '../packages/run.mjs';

const node = (file, args, cwd, env = {}) =>
  execFileSync(process.execPath, [file, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...env },
  });

/** By name: `install(folder, packages, registry)`, where `tools` is a folder that holds pnpm and yarn. */
export const managers = (tools) => ({
  npm(folder, packages, { url }) {
    node(
      npmFile(),
      ['install', '--registry', url, '--cache', path.join(folder, '.cache'), '--no-audit', '--no-fund', '--ignore-scripts', ...packages],
      folder,
    );
  },
  pnpm(folder, packages, { url }) {
    const args = ['add', '--registry', url, '--store-dir', path.join(folder, '.store'), '--ignore-scripts', ...packages];
    node(path.join(tools, 'node_modules/pnpm/bin/pnpm.cjs'), args, folder, { npm_config_registry: url });
  },
  yarn(folder, packages, { url }) {
    fs.writeFileSync(path.join(folder, 'yarn.lock'), '');
    const settings = {
      npmRegistryServer: url,
      unsafeHttpWhitelist: ['127.0.0.1'],
      enableScripts: false,
      enableTelemetry: false,
      npmMinimalAgeGate: 0, // what was published a minute ago is what is asked for
      enableGlobalCache: false,
      nodeLinker: 'node-modules',
    };
    fs.writeFileSync(path.join(folder, '.yarnrc.yml'), JSON.stringify(settings));
    node(path.join(tools, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js'), ['add', ...packages], folder);
  },
});

/** An empty folder of a user. */
export function emptyFolder(parent, name) {
  const folder = path.join(parent, name);
  fs.mkdirSync(folder);
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'first-steps', version: '1.0.0', private: true, type: 'module' }),
  );
  return folder;
}
