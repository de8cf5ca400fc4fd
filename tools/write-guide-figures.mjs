// Writes the figures of docs/guides/concepts.md: npm run docs:figures
import { writeFileSync } from 'node:fs';
import { registerXla } from '../packages/xla/src/index.ts';
import { drawFigures } from '../packages/site/src/figures/draw.ts';

await registerXla();
for (const [name, svg] of Object.entries(await drawFigures()))
  writeFileSync(new URL(`../docs/guides/figures/${name}`, import.meta.url), svg);
