// Writes docs/configurations.md from the presets: npm run docs:configurations
import { writeFileSync } from 'node:fs';
import { createBuiltinRegistry, presetRow, presets, renderConfigurations } from '../packages/experiments/src/index.ts';

const registry = createBuiltinRegistry();
writeFileSync(
  new URL('../docs/configurations.md', import.meta.url),
  renderConfigurations(presets.map((preset) => presetRow(preset, registry))),
);
