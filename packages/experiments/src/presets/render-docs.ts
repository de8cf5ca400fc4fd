import type { PresetRow } from './rows.js';

const head = `# Configurations

<!-- Written by \`npm run docs:configurations\` from packages/experiments/src/presets; a test compares. -->

Every experiment configuration of the paper's code (arXiv 2606.04754) under a name in words. \`basinlab train --list\` shows the same list.

- \`basinlab train PRESET --out DIR\` trains it as published; \`--scale small\` takes minutes on two cores, \`--scale smoke\` seconds.
- \`--set path=value\` changes any setting, for example \`--set training.epochs=5\` or \`--set breaking.options.fixedScale=0.5\`. An unknown or
  misspelt key, or a value of the wrong kind, is refused before anything starts, with what was meant or required.
- \`basinlab plugins ID\` lists the settings of an architecture, a breaking, a data set, an optimiser or a schedule.
- \`--set breaking.id=syre\` chooses another plugin; the options of the one before are dropped.
- All models of a run share their fixed weights (the reference's \`mask_seed\`); start and order of data are each model's own. All follow from
  \`seed\`.

`;

/** The reference's settings and where they are found here. */
const settings = [
  ['`model.symmetry` 0, 1, 2, 3', '`breaking.id` standard, w, sigma, syre'],
  ['`mask_constant`, "kappa"', '`breaking.options.fixedScale`, one number, a list by layer or patterns of names'],
  ['`num_fixed`', '`breaking.options.fixedPerUnit`, likewise'],
  ['`n_mul`', '`breaking.options.sparsity`'],
  ['`mask_type` random_subsets, densest, bound_zeros', '`breaking.options.positions` random, densest, bounded'],
  ['`mask_type` filter_random_subsets', '`breaking.options.positions` random-channels'],
  ['`asym_init_only`', '`breaking.initialisationOnly`'],
  ['`hidden_dim`, `num_layers`', '`architecture.options.widths` of the mlp'],
  ['`w` of the ResNet', '`architecture.options.baseWidth`, 16 times as much'],
  ['`norm: null`, `elementwise_affine`', '`architecture.options.norm` none, `architecture.options.affine`'],
  ['`optimizer.lr`, `optimizer.weight_decay`', '`training.learningRate`, `training.optimizer.options.weightDecay`'],
  ['`scheduler` none, resnet, linear_warmup', '`training.schedule.id` constant, exponential, linear-warmup'],
  ['`num_models`, `num_epochs`, `dataset.batch_size`', '`training.models`, `training.epochs`, `training.batchSize`'],
  ['`early_stopping.patience`, `min_delta`', '`training.earlyStopping.patience`, `minDelta`'],
  ['`training.save_every`', '`training.keepCheckpoints`'],
  ['`seed`, `init_seed`, `mask_seed`, `optimization_seed`', '`seed`, from which the others derive by name'],
  ['`interpolation`', '`basinlab measure DIR` afterwards'],
  ['`synthetic_coherence.yaml`', '`basinlab reproduce synthetic-coherence`'],
] as const;

/** The guide to all presets, in Markdown. */
export function renderConfigurations(rows: readonly PresetRow[]): string {
  const cells = rows.map(({ id, reference, network, breaking, data, optimizer, models, epochs }) => [
    reference.map((name) => `\`${name}\``).join(', ') || 'none',
    `\`${id}\``,
    network,
    breaking,
    data,
    optimizer,
    `${models} x ${epochs}`,
    `\`basinlab train ${id} --out runs/${id}\``,
  ]);
  const table = markdownTable(
    ['reference config', 'preset', 'network', 'breaking', 'data', 'optimiser', 'models x epochs', 'command'],
    cells,
  );
  const notes = rows.filter(({ note }) => note !== null).map(({ id, note }) => `- \`${id}\`: ${note}.`);
  const names = markdownTable(['reference', 'here'], settings);
  return `${head}## Presets\n\n${table}\n\n## Notes\n\n${notes.join('\n')}\n\n## Settings of the reference and their names here\n\n${names}\n`;
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) => Math.max(name.length, 3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
