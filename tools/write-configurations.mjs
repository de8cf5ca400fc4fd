// Writes docs/configurations.md from the presets: npm run docs:configurations
import { writeFileSync } from 'node:fs';
import { createContainer } from '../packages/cli/src/container.ts';
import { presets } from '../packages/cli/src/presets/index.ts';
import { renderConfigurations } from '../packages/cli/src/presets/render-docs.ts';
import { presetRow } from '../packages/cli/src/presets/rows.ts';

const registry = createContainer();
writeFileSync(
  new URL('../docs/configurations.md', import.meta.url),
  renderConfigurations(presets.map((preset) => presetRow(preset, registry))),
);
