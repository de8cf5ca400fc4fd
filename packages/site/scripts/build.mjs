// Builds the site: node scripts/build.mjs [FOLDER]. The reference, the pages and the page of two networks; then every link of what was written is checked.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { bundlePlayground } from './bundle-playground.mjs';
import { deadLinks } from './dead-links.mjs';
import { writeApi } from './write-api.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = process.argv[2] ?? here('../dist/site');

await writeApi(here('../api'));
await build(here('..'), { outDir: folder });
await bundlePlayground(here('../dist/playground'));
await cp(here('../dist/playground'), join(folder, 'playground'), { recursive: true });

const dead = deadLinks(folder);
for (const { page, href } of dead) process.stderr.write(`${page}: dead link ${href}\n`);
if (dead.length > 0) process.exitCode = 1;
else process.stdout.write(`${folder}: built, no dead link\n`);
