// What the packages are made of, as npm tells it from package-lock.json: for every platform, whatever is installed here.
import { npm } from './run.mjs';
import { root, scope } from './manifests.mjs';

const ours = `pkg:npm/${encodeURIComponent('@')}${scope.slice(1)}`;

/** A CycloneDX document. `shipped`: only what an installation of the packages brings, no tools of this repository and no optional peers. */
export function billOfMaterials({ shipped }) {
  const omitted = shipped ? ['--omit', 'dev', '--omit', 'peer'] : [];
  const bill = JSON.parse(npm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', ...omitted], root));
  // npm calls the project and its workspaces after the folders they lie in.
  bill.metadata.component.name = 'basinlab';
  for (const component of bill.components) if (component.purl.startsWith(ours)) component.name = scope + component.name;
  return bill;
}

/** Packages of others in a document: name, version, and the licence as an SPDX expression, or as the package words it. */
export const foreignComponents = ({ components }) =>
  components
    .filter(({ name }) => !name.startsWith(scope))
    .map(({ name, version, licenses = [] }) => ({
      name,
      version,
      licence: licenses.map(({ license, expression }) => expression ?? license.id ?? license.name).join(' OR '),
    }));
