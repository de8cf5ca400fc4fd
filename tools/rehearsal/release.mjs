// The release itself, on a copy of the tree: versions by changesets, tarballs, and their way into a registry.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { closure, manifestOf, publishedPackages, root } from '../packages/manifests.mjs';
import { binary, npm } from '../packages/run.mjs';

/** Copies what a release is made of: manifests, changesets, and every package with what was built. */
export function copyTree(to) {
  for (const file of ['package.json', '.changeset', 'LICENSE', 'README.md'])
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

/** Packs and publishes them, dependencies first; gives the size of every tarball in bytes. */
export function publishTree(tree, released, registry) {
  // Verdaccio lets anybody publish here, but npm wants some token for any registry.
  const token = `--${registry.host}:_authToken=rehearsal`;
  const inOrder = [...released].sort((a, b) => closure(a.name).size - closure(b.name).size);
  return inOrder.map(({ name, version }) => {
    const folder = path.join(tree, 'packages', name);
    const [{ filename, size }] = JSON.parse(npm(['pack', '--json', '--pack-destination', tree], folder));
    npm(['publish', path.join(tree, filename), '--registry', registry.url, token, '--access', 'public'], tree);
    return { name, version, bytes: size };
  });
}
