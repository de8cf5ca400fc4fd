/**
 * Packs the installed XLA library for processors as an npm package, for machines without Python:
 *
 *     npm run build && npx basinlab engine install cpu
 *     node tools/pack-pjrt-cpu.mjs [OUT]        # writes OUT/basinlab-pjrt-cpu-linux-x64-VERSION.tgz
 *
 * npm installs it only where os, cpu and libc fit, so that `@basinlab/xla` may list one such package per platform as optional dependencies.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { installPlugin, knownPlugin } from '@basinlab/xla/installer';

const out = resolve(process.argv[2] ?? '.');
const { title, license } = knownPlugin('cpu');
const { path, version } = await installPlugin('cpu');
const key = `${process.platform}-${process.arch}`;
const library = basename(path);

const folder = mkdtempSync(join(tmpdir(), 'basinlab-pack-'));
try {
  copyFileSync(path, join(folder, library));
  const wheel = dirname(dirname(path));
  const licenses = readdirSync(wheel, { recursive: true }).filter((name) => /(^|\/)(LICENSE|THIRD_PARTY_NOTICES|NOTICE)[^/]*$/.test(name));
  if (licenses.length === 0) throw new Error(`no licence files in ${wheel}`);
  for (const name of licenses) copyFileSync(join(wheel, name), join(folder, basename(name)));
  const manifest = {
    name: `@basinlab/pjrt-cpu-${key}`,
    version,
    description: `${title}: the PJRT plugin that @basinlab/xla runs on, for ${key}`,
    license,
    os: [process.platform],
    cpu: [process.arch],
    ...(process.platform === 'linux' ? { libc: ['glibc'] } : {}),
    files: [library, ...licenses.map((name) => basename(name))],
    publishConfig: { access: 'public' },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const text = `# ${manifest.name}\n\nA shared library, \`${library}\`: ${title}, found by \`@basinlab/xla\` when it is installed. No code runs at installation.\n`;
  writeFileSync(join(folder, 'README.md'), text);
  mkdirSync(out, { recursive: true });
  execFileSync('npm', ['pack', '--pack-destination', out], { cwd: folder, stdio: ['ignore', 'inherit', 'ignore'] });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
