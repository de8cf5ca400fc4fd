import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import { expectAllclose } from '@basinlab/core/testing';
import { gnn } from '../architectures/gnn.js';
import { w } from '../breakings/w.js';
import { fromStateDict } from './from-state-dict.js';
import type { HostTensors, HostVariables } from './host-tensors.js';
import { download, networkOf, sampleVariables, upload } from './sample.fixture.js';
import type { Described } from './sample.fixture.js';
import { toStateDict } from './to-state-dict.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const flat: Described = {
  architecture: 'mlp',
  options: { inputs: 6, widths: [5, 4], outputs: 3 },
  breaking: 'standard',
  fixedScale: [0.5, 1, 3],
};
const image: Described = {
  architecture: 'resnet',
  options: { depth: 8, baseWidth: 2, inputs: [4, 4, 3], classes: 3 },
  breaking: 'standard',
  fixedScale: Array.from({ length: 10 }, (_, i) => 0.5 + i / 4),
};
const norm = (base: Described, kind: string, more: object = {}): Described => ({
  ...base,
  options: { ...base.options, norm: kind, ...more },
});
const breaks = (base: Described, breaking: string): Described => ({ ...base, breaking });

const inputsOf = ({ architecture }: Described): tf.Tensor =>
  architecture === 'mlp' ? tf.reshape(tf.cos(tf.range(0, 18)), [3, 6]) : tf.reshape(tf.cos(tf.range(0, 144)), [3, 4, 4, 3]);

const examples: Described[] = [
  ...['standard', 'w', 'syre', 'sigma'].flatMap((breaking) => [breaks(flat, breaking), breaks(image, breaking)]),
  ...['batch', 'layer-linear', 'batch-linear', 'none'].map((kind) => norm(breaks(flat, 'w'), kind)),
  norm(breaks(flat, 'w'), 'layer-linear', { affine: false }),
  ...['batch', 'layer', 'none'].map((kind) => norm(breaks(image, 'syre'), kind)),
];

describe('there and back', () => {
  test.each(examples)('$architecture $breaking $options.norm', (described) => {
    const network = networkOf(described);
    const variables = sampleVariables(network);
    const { fixedScale } = described;
    const back = fromStateDict(network, toStateDict(network, variables, { fixedScale }), { fixedScale });
    for (const record of ['params', 'constants', 'state'] as const) {
      expect(Object.keys(back[record]).sort()).toEqual(Object.keys(variables[record]).sort());
      for (const [name, { shape }] of Object.entries(variables[record]))
        expect([name, ...back[record][name]!.shape]).toEqual([name, ...shape]);
    }
    for (const record of ['params', 'constants'] as const) {
      for (const [name, { data }] of Object.entries(variables[record]))
        expectAllclose(back[record][name]!.data as Float32Array, data as Float32Array, { rtol: 1e-6, atol: 0 });
    }
    const logits = (of: HostVariables): tf.Tensor => network.apply(upload(of), inputsOf(described)).logits;
    expectAllclose(logits(back), logits(variables), { rtol: 1e-5, atol: 1e-5 });
  });
});

const entriesOf = (described: Described, options = {}): HostTensors => {
  const network = networkOf(described);
  return toStateDict(network, sampleVariables(network), options);
};

const without = (name: string, entries: HostTensors): HostTensors =>
  Object.fromEntries(Object.entries(entries).filter(([other]) => other !== name));

describe('names', () => {
  test("of an MLP are the reference's, with masks and BatchNorm's buffers", () => {
    const entries = entriesOf(norm(breaks(flat, 'w'), 'batch'), { fixedScale: flat.fixedScale });
    expect(
      Object.entries(entries)
        .map(([name, { shape }]) => `${name} [${shape.join()}]`)
        .sort(),
    ).toEqual(
      [
        ...['lins.0', 'lins.1', 'lins.2'].flatMap((name, i) => {
          const shape = ['[5,6]', '[4,5]', '[3,4]'][i]!;
          return [`${name}.weight ${shape}`, `${name}.mask ${shape}`, `${name}.normal_mask ${shape}`, `${name}.bias [${[5, 4, 3][i]}]`];
        }),
        ...['norms.0', 'norms.1'].flatMap((name, i) => [
          ...['weight', 'bias', 'running_mean', 'running_var'].map((field) => `${name}.${field} [${[5, 4][i]}]`),
          `${name}.num_batches_tracked []`,
        ]),
      ].sort(),
    );
    expect(entries['norms.0.num_batches_tracked']!.data).toEqual(new BigInt64Array(1));
  });

  test('of a residual network count stages from 1, and say bn where there is batch norm', () => {
    expect(Object.keys(entriesOf(breaks(image, 'syre')))).toEqual(
      expect.arrayContaining([
        'conv1.noise',
        'ln1.weight',
        'layer2.0.shortcut.0.noise',
        'layer2.0.shortcut.1.bias',
        'layer3.0.ln2.weight',
        'linear.noise',
      ]),
    );
    expect(Object.keys(entriesOf(norm(image, 'batch')))).toEqual(
      expect.arrayContaining(['bn1.running_var', 'layer1.0.bn2.num_batches_tracked']),
    );
    expect(Object.keys(entriesOf(breaks(image, 'sigma'))).filter((name) => name.endsWith('.C'))).toEqual([
      'act1.C',
      ...[1, 2, 3].flatMap((stage) => [`layer${stage}.0.act1.C`, `layer${stage}.0.act2.C`]),
    ]);
  });

  test('of a graph network has a name for the last layer', () => {
    const network = buildNetwork({
      architecture: gnn,
      options: { inputs: 3, widths: [4, 4], outputs: 2 },
      breaking: w,
      breakingOptions: { fixedPerUnit: 1 },
    });
    const entries = toStateDict(network, sampleVariables(network));
    const modules = new Set(Object.keys(entries).map((name) => name.slice(0, name.lastIndexOf('.'))));
    expect([...modules].sort()).toEqual(['convs.0.mlp.0', 'convs.0.mlp.1', 'convs.1.mlp.0', 'convs.1.mlp.1', 'lin']);
    expect(fromStateDict(network, entries).params['layers.2.linear.bias']!.data).toEqual(entries['lin.bias']!.data);
  });

  test('there are none for constants of biases', () => {
    const network = networkOf(flat);
    const { params, state } = sampleVariables(network);
    const constants = { 'layers.0.linear.bias.shift': params['layers.0.linear.bias']! };
    expect(() => toStateDict(network, { params, state, constants })).toThrow(
      'state dict: constants of weights and activations only, got layers.0.linear.bias.shift. Export the standard network',
    );
  });

  test('fixed weights are in units of the fixed scale, by layer', () => {
    const network = networkOf(breaks(flat, 'w'));
    const variables = sampleVariables(network);
    const { 'lins.2.normal_mask': scaled } = toStateDict(network, variables, { fixedScale: { '*': 1, 'layers.2.*': 3 } });
    const { 'lins.2.normal_mask': plain } = toStateDict(network, variables);
    expectAllclose(
      scaled!.data as Float32Array,
      Float32Array.from(plain!.data as Float32Array, (value) => value / 3),
      { rtol: 1e-6 },
    );
    expect(() => toStateDict(network, variables, { fixedScale: 0 })).toThrow(
      'state dict: a fixed scale of layers.0.linear.weight other than 0, since its fixed weights are not 0, got 0',
    );
  });
});

describe('what does not fit is named', () => {
  const read = (described: Described, entries: HostTensors, options = {}) => fromStateDict(networkOf(described), entries, options);

  test('missing, misshaped and unexpected entries at once', () => {
    const entries = without('lins.0.bias', entriesOf(flat));
    expect(() => read(flat, { ...entries, 'lins.1.weight': entries['lins.0.weight']!, extra: entries['lins.1.bias']! })).toThrow(
      'state dict: the entries of this network (architecture mlp, breaking standard), got lins.0.bias missing; ' +
        'lins.1.weight of shape [5, 6] where [4, 5] is needed; extra unexpected. Give the options with which it was trained',
    );
  });

  test('masks of a network that is to be read as a standard one, and the other way round', () => {
    expect(() => read(flat, entriesOf(breaks(flat, 'w')))).toThrow(/lins\.0\.mask unexpected.*another breaking: try w\./);
    expect(() => read(flat, entriesOf(breaks(flat, 'syre')))).toThrow(/lins\.0\.noise unexpected.*try syre\./);
    expect(() => read(image, entriesOf(breaks(image, 'sigma')))).toThrow(/act1\.C unexpected.*try sigma\./);
    expect(() => read(breaks(flat, 'w'), entriesOf(flat))).toThrow('lins.0.mask missing; lins.0.normal_mask missing;');
    expect(() => read(breaks(image, 'sigma'), entriesOf(image))).toThrow('act1.C missing');
  });

  test('fixed gains of a linear norm without parameters', () => {
    const described = norm(flat, 'batch-linear', { affine: false });
    const entries = entriesOf(described);
    const changed = { ...entries, 'norms.0.weight': { shape: [5], data: Float32Array.of(1, 1, 2, 1, 1) } };
    expect(() => read(described, changed)).toThrow('norms.0.weight other than 1, which this network takes it to be');
  });

  test('long lists are cut, and an architecture without names is refused', () => {
    expect(() => read(image, {})).toThrow(/missing; and \d+ more\. Give/);
    const network = { ...networkOf(flat), architecture: 'custom' };
    expect(() => fromStateDict(network, {})).toThrow('state dict: an architecture with names in PyTorch: mlp, resnet, gnn');
  });

  test('unless asked to look away', () => {
    const described = norm(flat, 'batch');
    const entries = without('norms.0.running_mean', entriesOf(described));
    const { state } = read(described, { ...entries, extra: entries['lins.0.bias']! }, { strict: false });
    expect(Object.keys(state)).toHaveLength(3);
  });
});

test('files of wrapped, half-precision and plainly named networks are read', () => {
  const network = networkOf(norm(image, 'batch'));
  const variables = sampleVariables(network);
  const entries = toStateDict(network, variables);
  const wrapped = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [`_orig_mod.module.${name}`, entry]));
  const renamed = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name.replace(/\bbn/, 'ln'), entry]));
  for (const other of [wrapped, renamed]) expect(fromStateDict(network, other)).toEqual(fromStateDict(network, entries));
  const doubled = { ...entries, 'linear.bias': { shape: [3], data: Float64Array.of(1, 2, 3) } };
  expect(fromStateDict(network, doubled).params['head.linear.bias']!.data).toEqual(Float32Array.of(1, 2, 3));
});

test('a table of one’s own names another architecture', () => {
  const network = { ...networkOf(flat), architecture: 'custom' };
  const naming = {
    architecture: 'custom',
    modules: [
      { ours: 'layers.#.linear', torch: 'net.#+1.fc' },
      { ours: 'layers.#.norm', torch: 'net.#+1.ln' },
    ],
  };
  const variables = download(upload(sampleVariables(network)));
  const entries = toStateDict(network, variables, { naming });
  expect(Object.keys(entries)).toContain('net.3.fc.bias');
  expect(fromStateDict(network, entries, { naming }).params['layers.2.linear.bias']!.data).toEqual(
    variables.params['layers.2.linear.bias']!.data,
  );
});
