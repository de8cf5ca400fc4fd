import { expect, test } from '@jest/globals';
import { knownPlugins } from './index.js';

const builds = knownPlugins.flatMap(({ id, builds }) => Object.entries(builds).map(([platform, build]) => ({ id, platform, build })));

test.each(builds)('$id for $platform is pinned to versions and a checksum', ({ build }) => {
  expect(build.kind === 'wheel' ? build.sha256 : build.librarySha256).toMatch(/^[0-9a-f]{64}$/);
  if (build.kind === 'folder') for (const requirement of build.requirements) expect(requirement).toMatch(/^[\w-]+==[\d.]+$/);
  else expect(build.version).toMatch(/^[\d.]+$/);
});
