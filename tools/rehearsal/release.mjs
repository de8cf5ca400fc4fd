// The release itself, on a copy of the tree: versions by changesets, tarballs, and their way into a registry.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { manifestOf, publishedPackages, root } from '../packages/manifests.mjs';
import { binary } from '../packages/run.mjs';

/** Copies what a release is made of: manifests, changesets, and every package with what was built. */
export function copyTree(to) {
  for (const file of ['package.json', '.changeset', 'LICENSE', 'README.md', 'tools'])
    fs.cpSync(path.join(root, file), path.join(to, file), { recursive: true });
  for (const name of fs.readdirSync(path.join(root, 'packages'))) {
    const parts = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist', 'src', 'bin', 'scripts'];
    for (const part of parts.filter((each) => fs.existsSync(path.join(root, 'packages', name, each))))
      fs.cpSync(path.join(root, 'packages', name, part), path.join(to, 'packages', name, part), { recursive: true });
  }
  for (const name of publishedPackages())
    if (!fs.existsSync(path.join(to, 'packages', name, 'dist')))
      throw new Error(`rehearsal: packages/${name} built, got no dist; run npm run build`);
}

/** Sets the versions that the changesets ask for, and gives the packages that have a new one. */
export function versionTree(tree) {
  // Changesets ask git which commit brought a changeset.
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost', ...args], { cwd: tree, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', 'package.json', '.changeset', 'packages/*/package.json');
  git('commit', '--quiet', '-m', 'Before the release');
  execFileSync(process.execPath, [binary('@changesets/cli'), 'version'], { cwd: tree, stdio: 'pipe' });
  return publishedPackages()
    .map((name) => ({
      name,
      before: manifestOf(name).version,
      version: JSON.parse(fs.readFileSync(path.join(tree, 'packages', name, 'package.json'), 'utf8')).version,
    }))
    .filter(({ before, version }) => before !== version);
}

/** Runs the script of the release workflow on the copy; gives the size of every tarball in bytes, as the registry keeps it. */
export function publishTree(tree, released, registry) {
  // Verdaccio lets anybody publish here, but npm wants some token for any registry. The workflow's own steps are not rehearsed.
  const env = {
    ...process.env,
    GITHUB_ACTIONS: '',
    npm_config_registry: registry.url,
    [`npm_config_${registry.host}:_authToken`]: 'rehearsal',
  };
  execFileSync(process.execPath, [path.join(tree, 'tools/publish.mjs')], { cwd: tree, env, stdio: 'pipe' });
  return released.map(({ name, version }) => {
    const file = path.join(registry.storage, '@basinlab', name, `${name}-${version}.tgz`);
    return { name, version, bytes: fs.statSync(file).size };
  });
}
