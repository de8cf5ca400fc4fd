// Which licences a dependency may have. Shipped are those that an installation of the packages brings to a user; everything else runs here only.

/** Permissive ones: notices must be kept, nothing more. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
];

/** Packages whose licence was read by a person: what it is, and why it may stay. Not shipped, any of them. */
export const readByHand = {
  'axe-core': ['MPL-2.0', 'checks reports in tests; copyleft of its own files, none of which is passed on'],
  'caniuse-lite': ['CC-BY-4.0', 'data about browsers, for the compiler of tests'],
  lightningcss: ['MPL-2.0', 'styles for vite, of vitest, which tests made plugins; copyleft of its own files, none of which is passed on'],
  spawndamnit: ['SEE LICENSE IN LICENSE', 'MIT by its file; part of changesets'],
};

/** Whether an SPDX expression leaves a choice that is permissive: one of `A OR B`, all of `A AND B`. */
export const isPermissive = (expression) =>
  expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => permissive.includes(licence.trim())));

/** The package that a build for one platform belongs to. */
const withoutPlatform = (name) => name.replace(/-(android|darwin|freebsd|linux|win32)-.*$/, '');

/** Sentences about components that may not be used. */
export function licenceProblems(components, { shipped }) {
  return components.flatMap(({ name, version, licence }) => {
    if (isPermissive(licence)) return [];
    const [expected, why] = shipped ? [] : (readByHand[withoutPlatform(name)] ?? []);
    if (why !== undefined && (licence === expected || licence === '')) return [];
    const what = licence === '' ? 'no licence that npm can read' : `the licence ${licence}`;
    return `${name}@${version} has ${what}: ${shipped ? 'a package that users get must be permissive' : 'read it, then add it to tools/packages/licence-policy.mjs, or do without the package'}`;
  });
}
