import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { keyFromSeed } from '@basinlab/core/random';
import { readFileSync } from 'node:fs';
import type { ZodType } from 'zod';
import { resolveExperiment } from '../experiment/resolve.js';
import { createBuiltinRegistry } from '../registry.js';
import { withPlaceholders } from '../experiment/fit-to-data.js';
import { networkOf } from '../experiment/plan.js';
import { findPreset, overridesOf, presets } from './index.js';
import { renderConfigurations } from './render-docs.js';
import { presetRow } from './rows.js';

const registry = createBuiltinRegistry();

describe('presets', () => {
  test('have names of their own', () => {
    expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length);
    for (const { id } of presets) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test.each(presets.flatMap((preset) => (['paper', 'small', 'smoke'] as const).map((scale) => [preset.id, scale] as const)))(
    '%s at scale %s is an experiment of registered plugins, whose network can be built',
    (id, scale) => {
      const preset = findPreset(id);
      const experiment = resolveExperiment(id, preset.experiment, overridesOf(preset, scale), registry);
      const { id: shape, options } = experiment.architecture;
      const sized = withPlaceholders(registry.resolve('architecture', shape).options as ZodType, options);
      const { params } = networkOf({ ...experiment, architecture: { id: shape, options: sized } }, registry);
      expect(params.length).toBeGreaterThan(4);
      expect(experiment.training.models % 2).toBe(0);
    },
  );

  test('of a subset of the data fit the network: classes and inputs', () => {
    for (const { experiment } of presets) {
      const options = experiment.architecture!.options!;
      const data = experiment.dataset!;
      const classes: Record<string, number> = {
        'gaussian-subspace': 20,
        'multilabel-subspace': 50,
        'parity-subspace': 2,
        cifar100: 100,
      };
      // A text says itself which characters it has.
      if (data.id === 'tiny-shakespeare') continue;
      const outputs = options['outputs'] ?? options['classes'];
      expect([data.id, outputs]).toEqual([data.id, data.id === 'ogbn-arxiv' ? 40 : (classes[data.id!] ?? 10)]);
    }
  });

  test('an unknown name suggests the nearest', () => {
    expect(() => findPreset('mnist-mlp-standart')).toThrow('train: a preset, got mnist-mlp-standart. Did you mean mnist-mlp-standard?');
    expect(() => findPreset('zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz')).toThrow('basinlab train --list');
  });
});

test('the fixed weights of residual networks are those of the mask, in every layer', async () => {
  await tf.setBackend('cpu');
  const preset = findPreset('cifar10-resnet20-w');
  const experiment = resolveExperiment(preset.id, preset.experiment, overridesOf(preset, 'small'), registry);
  const { init } = networkOf(experiment, registry);
  const key = keyFromSeed(1);
  const { params, state, constants } = init({ initKey: key, constantsKey: key });
  const fixedPerUnit = (weight: string): number => {
    const scale = constants[`${weight}.scale`]!;
    return (scale.size - (scale.dataSync() as Float32Array).reduce((sum, value) => sum + value, 0)) / scale.shape[0]!;
  };
  const weights = ['stem.conv', 'stages.0.blocks.2.second.conv', 'stages.1.blocks.0.first.conv', 'stages.1.blocks.0.shortcut.conv'];
  const last = ['stages.2.blocks.0.shortcut.conv', 'stages.2.blocks.1.first.conv', 'head.linear'];
  expect([...weights, ...last].map((name) => fixedPerUnit(`${name}.weight`))).toEqual([4, 36, 54, 6, 8, 72, 8]);
  tf.dispose([params, state, constants]);
});

test('every training config of the reference has a preset', () => {
  const named = new Set(presets.flatMap(({ reference }) => reference));
  const configs = [
    ...['', '_noInterpolation', '_noNorm_noInterpolation'].map((end) => `mlp_symmetry0${end}`),
    ...['kappa0', 'kappa1'].flatMap((kappa) => ['', '_noInterpolation'].map((end) => `mlp_symmetry1_${kappa}${end}`)),
    'mlp_symmetry1_kappaPerLayer_noInterpolation',
    'mlp_symmetry2',
    'model/gnn_arxiv',
    'model/mlp_mnist',
    ...['kappa0', 'kappa1', 'kappaPerLayer'].map((kappa) => `mlp_symmetry3_${kappa}_noInterpolation`),
    ...['0', '1_kappa0', '1_kappa2', '2', '3_kappa0', '3_kappa2'].map((name) => `resnet_symmetry${name}_noInterpolation`),
    ...['mnist-coherence', 'cifar100', 'gaussian-subspace-dataset', 'multilabel-subspace-dataset', 'parity-subspace-dataset'].map(
      (name) => `dataset/${name}`,
    ),
  ];
  for (const config of configs) expect(named).toContain(config);
});

test('docs/configurations.md lists the presets as they are (npm run docs:configurations)', () => {
  const written = readFileSync(new URL('../../../../docs/configurations.md', import.meta.url), 'utf8');
  expect(written).toBe(renderConfigurations(presets.map((preset) => presetRow(preset, registry))));
});
