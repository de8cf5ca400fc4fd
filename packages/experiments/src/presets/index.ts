import type { Scale } from '@basinlab/core';
import { suggestion } from '../errors/suggestion.js';
import { usageError } from '../errors/usage-error.js';
import { arxivGnnPresets } from './arxiv-gnn.js';
import type { Preset } from './contract.js';
import { cifar100ResnetPresets, cifar10ResnetPresets, fashionResnetPresets } from './image-resnet.js';
import { limMlpPresets, mnistMlpPresets, rotatedMlpPresets } from './mnist-mlp.js';
import { subspaceMlpPresets } from './subspace-mlp.js';
import {
  cifar10VitPresets,
  fashionVitPresets,
  shakespeareBertPresets,
  shakespeareGpt2Presets,
  shakespeareMixturePresets,
} from './transformers.js';

export type { Preset } from './contract.js';

/** Every preset, by family. */
export const presets: readonly Preset[] = [
  ...mnistMlpPresets,
  ...rotatedMlpPresets,
  ...limMlpPresets,
  ...fashionResnetPresets,
  ...cifar10ResnetPresets,
  ...cifar100ResnetPresets,
  ...arxivGnnPresets,
  ...subspaceMlpPresets,
  ...shakespeareGpt2Presets,
  ...shakespeareMixturePresets,
  ...shakespeareBertPresets,
  ...cifar10VitPresets,
  ...fashionVitPresets,
];

/** The preset of an id, or a usage error that names the nearest. */
export function findPreset(id: string): Preset {
  const preset = presets.find((other) => other.id === id);
  if (preset !== undefined) return preset;
  const known = presets.map((other) => other.id);
  const remedy = suggestion(id, known);
  const listed = remedy.startsWith('Known') ? 'See them all: basinlab train --list' : remedy;
  throw usageError('train', 'a preset', id, listed);
}

/** The overrides that bring a preset to a scale. */
export const overridesOf = (preset: Preset, scale: Scale): readonly string[] => (scale === 'paper' ? [] : preset.scales[scale]);
