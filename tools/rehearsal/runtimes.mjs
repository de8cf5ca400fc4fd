// Which programs run JavaScript here: the Node at hand, and others whose binaries npm packages hold.
import fs from 'node:fs';
import path from 'node:path';

const { arch } = process;
const platform = process.platform === 'win32' ? 'win' : process.platform;
const ending = platform === 'win' ? '.exe' : '';

/** npm packages to fetch, each a binary for this machine. */
export const wanted = {
  'Node 22': { package: `node-${platform}-${arch}@22`, alias: 'node-22', file: `bin/node${ending}` },
  'Node 24': { package: `node-${platform}-${arch}@24`, alias: 'node-24', file: `bin/node${ending}` },
  Deno: { package: 'deno@2', alias: 'deno', beside: '@deno', file: `deno${ending}`, before: ['run', '-A', '--node-modules-dir=manual'] },
  Bun: { package: 'bun@1', alias: 'bun', beside: '@oven', file: `bin/bun${ending}` },
};

/** How each runtime is started, by name; those that could not be had are left out. */
export function runtimes(tools) {
  const found = { [`Node ${process.versions.node}`]: { file: process.execPath, before: [] } };
  for (const [name, { alias, beside, file, before = [] }] of Object.entries(wanted)) {
    const folders =
      beside === undefined ? [alias] : listed(path.join(tools, 'node_modules', beside)).map((each) => path.join(beside, each));
    const binary = folders.map((folder) => path.join(tools, 'node_modules', folder, file)).find((each) => fs.existsSync(each));
    if (binary === undefined) continue;
    if (platform !== 'win') fs.chmodSync(binary, 0o755); // install scripts, which would have done so, do not run
    found[name] = { file: binary, before };
  }
  return found;
}

const listed = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);
