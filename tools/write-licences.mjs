// Writes docs/licences.md: what the packages bring along and under which licences. Fails for a licence that is unknown or copyleft.
//   node tools/write-licences.mjs [--check]     with --check: writes nothing and fails where the page is stale
import fs from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { billOfMaterials, foreignComponents } from './packages/bill-of-materials.mjs';
import { licenceProblems, readByHand } from './packages/licence-policy.mjs';
import { root } from './packages/manifests.mjs';

const shipped = foreignComponents(billOfMaterials({ shipped: true }));
const all = foreignComponents(billOfMaterials({ shipped: false }));
const problems = [...licenceProblems(shipped, { shipped: true }), ...licenceProblems(all, { shipped: false })];
for (const problem of problems) console.error(problem);

const unique = (values) => [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
const namesOf = (components, licence) => unique(components.filter((each) => each.licence === licence).map(({ name }) => name));
const rows = unique(shipped.map(({ licence }) => licence)).map((licence) => `| ${licence} | ${namesOf(shipped, licence).join(', ')} |`);
const hand = Object.entries(readByHand).map(([name, [licence, why]]) => `| ${name} | ${licence} | ${why} |`);

const page = `# Licences of what is not ours

Basinlab is Apache-2.0. An installation of all its packages brings these packages of others, on some platform or other; all of them
are permissive, and \`npm run licences\`, which writes this page from \`package-lock.json\`, fails for one that is not. Optional peers are left out: whoever installs them chooses them.

| licence | packages |
| --- | --- |
${rows.join('\n')}

Tools of this repository ship in nothing. Their licences are checked the same way; these were read by hand:

| package | licence | why it may stay |
| --- | --- | --- |
${hand.join('\n')}

A bill of materials in CycloneDX form is attached to every release; \`npm run sbom\` writes it. TensorFlow.js's gradients are bundled into \`@basinlab/tensor\`
(Apache-2.0, from \`@tensorflow/tfjs-core\`). PJRT plugins and data sets are no part of any package: \`basinlab engine install\` and the data sets fetch them from their publishers, under their licences.
`;
const file = path.join(root, 'docs/licences.md');
const text = await format(page, { ...(await resolveConfig(file)), parser: 'markdown' });
const isStale = !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text;
if (isStale && process.argv.includes('--check'))
  problems.push(console.error('docs/licences.md is stale: run `npm run licences` and commit it'));
else if (isStale) fs.writeFileSync(file, text);
console.log(`${shipped.length} packages are shipped along, ${all.length - shipped.length} are used here only; ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
