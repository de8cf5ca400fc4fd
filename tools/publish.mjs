// Publishes every package whose version the registry lacks, dependencies first, each with its provenance; then tags the commit and attaches the bill of materials
// to the release. Run by the release workflow alone: npm takes that workflow's identity, and no token.
//   node tools/publish.mjs [--dry-run]
import { execFileSync } from 'node:child_process';
import { closure, manifestOf, packageFolder, publishedPackages, root } from './packages/manifests.mjs';
import { npm } from './packages/run.mjs';

const dryRun = process.argv.includes('--dry-run');

/** Whether the registry has this version: a release that broke off goes on where it stopped. */
function isPublished({ name, version }) {
  try {
    return npm(['view', `${name}@${version}`, 'version', '--json'], root).trim() !== '';
  } catch (error) {
    if (`${error.stdout}${error.stderr}`.includes('E404')) return false;
    throw error;
  }
}

const names = publishedPackages().sort((a, b) => closure(a).size - closure(b).size);
const missing = names.filter((name) => !isPublished(manifestOf(name)));
for (const name of missing) {
  const args = ['publish', '--access', 'public', ...(dryRun ? ['--dry-run'] : ['--provenance'])];
  npm(args, packageFolder(name));
  console.log(`${dryRun ? 'would publish' : 'published'} @basinlab/${name} ${manifestOf(name).version}`);
}
console.log(`${missing.length} of ${names.length} packages`);
// All packages have one version.
const tag = `v${manifestOf('core').version}`;
if (missing.length > 0 && !dryRun)
  execFileSync('gh', ['release', 'create', tag, 'basinlab.cdx.json', '--title', tag, '--generate-notes'], { cwd: root, stdio: 'inherit' });
