import { expect, test } from '@jest/globals';
import { mlp } from './architectures/mlp.js';
import { resnet } from './architectures/resnet.js';
import { fromReferenceName, toReferenceName } from './reference-names.js';

test.each([
  [mlp, mlp.options.parse({ inputs: 3, widths: [2, 2], outputs: 2, norm: 'batch' })],
  [resnet, resnet.options.parse({ depth: 20, baseWidth: 2, inputs: [4, 4, 3], classes: 2, norm: 'batch' })],
])('every parameter and running statistic has a name there, and it leads back', (architecture, options) => {
  const names = { params: architecture.params(options as never), state: architecture.state!(options as never) };
  for (const record of ['params', 'state'] as const) {
    for (const { name } of names[record]) expect(fromReferenceName(toReferenceName(name)!)).toEqual({ record, name });
  }
});

test('stages are counted from 1 there, and other names have no counterpart', () => {
  expect(toReferenceName('stages.1.blocks.0.shortcut.conv.weight')).toBe('layer2.0.shortcut.0.weight');
  expect(toReferenceName('stem.norm.bias')).toBe('ln1.bias');
  expect(fromReferenceName('layer3.2.bn2.running_var')).toEqual({ record: 'state', name: 'stages.2.blocks.2.second.norm.runningVariance' });
  expect(toReferenceName('layers.0.norm.initialVariance')).toBeNull();
  expect(toReferenceName('elsewhere.weight')).toBeNull();
  expect(fromReferenceName('norms.0.num_batches_tracked')).toBeNull();
  expect(fromReferenceName('layer0.0.conv1.weight')).toBeNull();
});
