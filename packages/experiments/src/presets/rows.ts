import type { Experiment } from '../experiment/schema.js';
import type { Registry } from '@basinlab/core/container';
import { resolveExperiment } from '../experiment/resolve.js';
import type { Preset } from './contract.js';

/** A preset as lists show it. */
export interface PresetRow {
  readonly id: string;
  readonly summary: string;
  readonly network: string;
  readonly breaking: string;
  readonly data: string;
  readonly optimizer: string;
  readonly models: number;
  readonly epochs: number;
  readonly reference: readonly string[];
  readonly note: string | null;
  readonly experiment: Experiment;
}

/** What a preset is, in words. Throws where it is not a valid experiment. */
export function presetRow(preset: Preset, registry: Registry): PresetRow {
  const experiment = resolveExperiment(preset.id, preset.experiment, [], registry);
  const { dataset, training } = experiment;
  return {
    id: preset.id,
    summary: preset.summary,
    network: networkWords(experiment),
    breaking: breakingWords(experiment),
    data: dataset.id,
    optimizer: optimizerWords(experiment),
    models: training.models,
    epochs: training.epochs,
    reference: preset.reference,
    note: preset.note ?? null,
    experiment,
  };
}

function networkWords({ architecture: { id, options } }: Experiment): string {
  const norm = typeof options['norm'] === 'string' ? `, ${options['norm'] === 'none' ? 'no' : options['norm']} norm` : '';
  if (Array.isArray(options['widths'])) return `${id} ${[options['inputs'], ...options['widths'], options['outputs']].join('-')}${norm}`;
  if (typeof options['heads'] === 'number') {
    const experts = (options['experts'] as { readonly count: number } | undefined)?.count;
    const mixture = experts === undefined ? '' : `, ${experts} experts`;
    return `${id}, ${String(options['layers'])} layers, ${options['heads']} heads, ${String(options['width'])} wide${mixture}`;
  }
  if (typeof options['depth'] === 'number') return `${id} ${options['depth']}, ${String(options['baseWidth'])} channels${norm}`;
  return id;
}

function breakingWords({ breaking: { id, options, initialisationOnly } }: Experiment): string {
  const scale = options['fixedScale'] === undefined ? '' : ` ${[options['fixedScale']].flat().join('/')}`;
  return `${id}${scale}${initialisationOnly ? ', start only' : ''}`;
}

function optimizerWords({ training: { optimizer, schedule, learningRate, batchSize } }: Experiment): string {
  const decay = optimizer.options['weightDecay'] === undefined ? '' : `, decay ${String(optimizer.options['weightDecay'])}`;
  const course = schedule.id === 'constant' ? '' : ` ${schedule.id}`;
  return `${optimizer.id} ${learningRate}${course}${decay}, batches of ${batchSize}`;
}
