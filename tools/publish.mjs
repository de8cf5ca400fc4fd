// Publishes every package whose version the registry lacks, dependencies first. In the release workflow each carries its provenance - npm takes that workflow's
// identity, and no token - and the bill of materials is attached to a release of that version. The rehearsal runs this on a registry of its own.
//   node tools/publish.mjs
import { execFileSync } from 'node:child_process';
import { closure, manifestOf, packageFolder, publishedPackages, root } from './packages/manifests.mjs';
import { npm } from './packages/run.mjs';

const inWorkflow = process.env.GITHUB_ACTIONS === 'true';

/** Whether the registry has this version: a release that broke off goes on where it stopped. */
function isPublished({ name, version }) {
  try {
    return npm(['view', `${name}@${version}`, 'version', '--json', '--loglevel', 'error'], root).trim() !== '';
  } catch (error) {
    if (`${error.stdout}${error.stderr}`.includes('E404')) return false;
    throw error;
  }
}

const names = publishedPackages().sort((a, b) => closure(a).size - closure(b).size);
const missing = names.filter((name) => !isPublished(manifestOf(name)));
for (const name of missing) {
  npm(['publish', '--loglevel', 'error', '--access', 'public', ...(inWorkflow ? ['--provenance'] : [])], packageFolder(name));
  console.log(`published @basinlab/${name} ${manifestOf(name).version}`);
}
console.log(`${missing.length} of ${names.length} packages`);
// All packages have one version.
const tag = `v${manifestOf('core').version}`;
if (missing.length > 0 && inWorkflow)
  execFileSync('gh', ['release', 'create', tag, 'basinlab.cdx.json', '--title', tag, '--generate-notes'], { cwd: root, stdio: 'inherit' });
