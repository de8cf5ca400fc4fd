// Proves that every package can be published on its own: publint is clean, the tarball installs in an empty folder together with the
// tarballs of the @basinlab packages it names and nothing else, every export imports as ESM, and its types resolve. Where package-uses/NAME
// exists, its use.mjs runs there too.
//   node tools/check-packages.mjs [name ...]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { closure, install, manifest, packer, root, run, scope } from './packed.mjs';

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-packages-'));
const tarball = packer(work);

const all = fs.readdirSync(path.join(root, 'packages')).filter((name) => manifest(name).private !== true);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : all;

/** What the programs of package-uses need beside the package: a backend. */
const companions = { metrics: [`@tensorflow/tfjs-backend-cpu@${manifest('metrics').dependencies['@tensorflow/tfjs-core']}`] };

let failed = 0;
for (const name of chosen) {
  try {
    run('npx', ['publint', '--strict'], path.join(root, 'packages', name));
    const folder = fs.mkdtempSync(path.join(work, `${name}-`));
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    install(folder, [...[...closure(name)].map(tarball), ...(companions[name] ?? [])]);
    const entries = Object.keys(manifest(name).exports).filter(
      (entry) => !entry.includes('package.json') && !/\/testing\/(jest|vitest)$/.test(entry),
    );
    const specifiers = entries.map((entry) => scope + name + entry.slice(1));
    fs.writeFileSync(
      path.join(folder, 'use.mjs'),
      specifiers.map((s) => `console.log(${JSON.stringify(s)}, Object.keys(await import(${JSON.stringify(s)})).length);`).join('\n'),
    );
    run('node', ['use.mjs'], folder);
    fs.writeFileSync(
      path.join(folder, 'use.mts'),
      specifiers.map((s, i) => `import * as m${i} from ${JSON.stringify(s)};\nvoid m${i};`).join('\n'),
    );
    run(
      'node',
      [
        path.join(root, 'node_modules/typescript-native/bin/tsc'),
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--types',
        '',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        'use.mts',
      ],
      folder,
    );
    const uses = path.join(root, 'tools/package-uses', name);
    if (fs.existsSync(uses)) {
      fs.cpSync(uses, folder, { recursive: true });
      run('node', ['use.mjs'], folder);
    }
    console.log(`${scope}${name}: packs, installs and imports alone (${specifiers.length} entries)`);
  } catch (error) {
    failed++;
    console.error(`${scope}${name}: failed\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.stack : ''}`);
  }
}
fs.rmSync(work, { recursive: true, force: true });
console.log(`${chosen.length - failed} packages passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
