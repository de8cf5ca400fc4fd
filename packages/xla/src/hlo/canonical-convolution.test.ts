import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '../pjrt/index.js';
import { describeWithPlugin, testClient } from '../testing.fixture.js';
import { Builder } from './builder.js';
import { Graph } from './graph.js';
import type { ConvolutionAttrs } from './ops/index.js';
import { draw, numbers, runGraph } from './run-graph.fixture.js';
import { programText } from './text.js';

type Attrs = Omit<ConvolutionAttrs, 'precision'>;

const plain: Attrs = {
  axes: {
    lhs: { batch: 0, feature: 3, spatial: [1, 2] },
    rhs: { input: 2, output: 3, spatial: [0, 1] },
    out: { batch: 0, feature: 3, spatial: [1, 2] },
  },
  strides: [1, 1],
  padding: [
    [1, 1],
    [0, 1],
  ],
  lhsDilation: [1, 1],
  rhsDilation: [1, 1],
  featureGroups: 1,
  batchGroups: 1,
};
/** Images [feature, height, batch, width], kernels [output, height, input, width], results [height, feature, width, batch]. */
const mixed: Attrs = {
  ...plain,
  axes: {
    lhs: { batch: 2, feature: 0, spatial: [1, 3] },
    rhs: { input: 2, output: 0, spatial: [1, 3] },
    out: { batch: 3, feature: 1, spatial: [0, 2] },
  },
  strides: [2, 1],
  rhsDilation: [1, 2],
};

type Case = [name: string, attrs: Attrs, images: number[], kernels: number[]];
const layouts: Case[] = [
  ['any layout', mixed, [4, 6, 3, 7], [5, 3, 4, 2]],
  ['groups of features', { ...mixed, featureGroups: 2 }, [4, 6, 3, 7], [6, 3, 2, 2]],
];
const spread: Attrs = { ...plain, lhsDilation: [2, 3] };
const asymmetric = {
  ...spread,
  padding: [
    [0, 2],
    [3, 1],
  ],
} satisfies Attrs;
const oneDimension: Attrs = {
  ...plain,
  axes: {
    lhs: { batch: 0, feature: 2, spatial: [1] },
    rhs: { input: 1, output: 2, spatial: [0] },
    out: { batch: 0, feature: 2, spatial: [1] },
  },
  strides: [1],
  padding: [[2, 0]],
  lhsDilation: [2],
  rhsDilation: [1],
};
/** Images spread by zeros: gradients of strided convolutions. */
const spreads: Case[] = [
  ['images spread by zeros', spread, [2, 5, 4, 3], [3, 2, 3, 4]],
  ['asymmetric padding', asymmetric, [2, 5, 4, 3], [4, 5, 3, 2]],
  ['kernels smaller than the spread', spread, [2, 3, 5, 3], [1, 2, 3, 2]],
  [
    'cropping',
    {
      ...spread,
      padding: [
        [-1, 1],
        [-2, 0],
      ],
    },
    [2, 5, 4, 3],
    [3, 3, 3, 2],
  ],
  ['one axis', oneDimension, [2, 5, 3], [3, 3, 2]],
  ['any layout and spread', { ...mixed, strides: [1, 1], rhsDilation: [1, 1], lhsDilation: [2, 2] }, [4, 6, 3, 7], [5, 3, 4, 2]],
];
const pixels: Case[] = [
  ['kernels of one pixel', plain, [2, 5, 4, 3], [1, 1, 3, 4]],
  ['kernels of one pixel with strides', { ...plain, strides: [2, 3] }, [2, 5, 4, 3], [1, 1, 3, 4]],
  ['kernels of one pixel on spread images', asymmetric, [2, 5, 4, 3], [1, 1, 3, 4]],
  ['kernels of one pixel in any layout', { ...mixed, rhsDilation: [1, 1] }, [4, 6, 3, 7], [5, 1, 4, 1]],
];
/** Gradient of kernels: images [batch, height, width, inputs] and gradients [batch, height, width, outputs] -> kernels [height, width, inputs, outputs]. */
const ofKernels: Attrs = {
  ...plain,
  axes: {
    lhs: { batch: 3, feature: 0, spatial: [1, 2] },
    rhs: { input: 0, output: 3, spatial: [1, 2] },
    out: { batch: 2, feature: 3, spatial: [0, 1] },
  },
  padding: [
    [1, 1],
    [1, 1],
  ],
};
/** Sums over so many images that they are taken in blocks. */
const blocked: Case[] = [
  ['gradients of kernels', ofKernels, [16, 32, 32, 4], [16, 32, 32, 2]],
  ['gradients of kernels from a batch that blocks do not divide', ofKernels, [19, 32, 32, 4], [19, 32, 32, 2]],
  [
    'gradients of kernels with strides',
    {
      ...ofKernels,
      rhsDilation: [2, 2],
      padding: [
        [1, 0],
        [1, 0],
      ],
    },
    [24, 32, 32, 3],
    [24, 16, 16, 2],
  ],
];
/** What keeps the spread: there is no faster form for it. */
const kept: Case[] = [
  ['spread images and dilated kernels', { ...spread, rhsDilation: [2, 1] }, [2, 5, 4, 3], [3, 2, 3, 4]],
  ['spread images and strides', { ...spread, strides: [2, 1] }, [2, 5, 4, 3], [3, 2, 3, 4]],
  ['no images', spread, [0, 5, 4, 3], [3, 2, 3, 4]],
];

function graphOf(attrs: Attrs, images: number[], kernels: number[]): Graph {
  const graph = new Graph();
  const [x, k] = [images, kernels].map((shape) => graph.input({ shape, dtype: 'float32' }));
  graph.outputs = [new Builder(graph).convolution(x!, k!, attrs)];
  return graph;
}

const fast = '[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]';

describe('a convolution in the canonical layout', () => {
  test.each(layouts)('is written for %s', (_, attrs, images, kernels) => {
    const graph = graphOf(attrs, images, kernels);
    expect(programText(graph)).not.toContain(fast);
    const text = programText(graph, { canonicalConvolutions: true });
    expect(text).toContain(fast);
    expect(text.split('stablehlo.transpose')).toHaveLength(4);
  });

  test.each(spreads)('has no spread for %s', (_, attrs, images, kernels) => {
    const text = programText(graphOf(attrs, images, kernels), { canonicalConvolutions: true });
    expect(text).toMatch(/lhs_dilation = array<i64: 1(, 1)*>/);
  });

  const cut = {
    ...plain,
    padding: [
      [-1, 1],
      [2, -2],
    ],
  } as Attrs;
  test.each([...spreads.filter(([name]) => name === 'cropping'), ['images cut by padding', cut, [2, 5, 4, 3], [3, 2, 3, 4]] as Case])(
    'has no negative padding for %s',
    (_, attrs, images, kernels) => {
      const graph = graphOf(attrs, images, kernels);
      expect(programText(graph)).toMatch(/padding = dense<[^>]*-/);
      const text = programText(graph, { canonicalConvolutions: true });
      expect(text).toContain('stablehlo.convolution');
      expect(text).not.toMatch(/padding = dense<[^>]*-/);
    },
  );

  test.each(kept)('keeps %s', (_, attrs, images, kernels) => {
    const text = programText(graphOf(attrs, images, kernels), { canonicalConvolutions: true });
    expect(text).toContain('lhs_dilation = array<i64: 2, 3>');
  });

  test.each(pixels)('is a matrix product for %s', (_, attrs, images, kernels) => {
    const text = programText(graphOf(attrs, images, kernels), { canonicalConvolutions: true });
    expect(text).toContain('stablehlo.dot_general');
    expect(text).not.toContain('stablehlo.convolution');
  });

  test.each(blocked)('is a loop over blocks for %s', (_, attrs, images, kernels) => {
    const text = programText(graphOf(attrs, images, kernels), { canonicalConvolutions: true });
    expect(text).toContain('stablehlo.while');
    expect(text.split('"stablehlo.convolution"')).toHaveLength(images[0]! % 8 === 0 ? 2 : 3);
    expect(text).toContain(fast);
  });

  test('is no loop for few images or small ones', () => {
    for (const [count, size] of [
      [8, 64],
      [64, 8],
    ] as const) {
      const graph = graphOf(ofKernels, [count, size, size, 4], [count, size, size, 2]);
      expect(programText(graph, { canonicalConvolutions: true })).not.toContain('stablehlo.while');
    }
  });

  test('stays as it is where it has that layout, or groups in its batch', () => {
    for (const attrs of [plain, { ...mixed, batchGroups: 3, strides: [1, 1] }]) {
      const graph = attrs === plain ? graphOf(attrs, [2, 5, 4, 3], [3, 2, 3, 4]) : graphOf(attrs, [4, 6, 3, 7], [6, 3, 4, 2]);
      expect(programText(graph, { canonicalConvolutions: true })).toBe(programText(graph));
    }
  });
});

describeWithPlugin('on the CPU plugin', () => {
  let client: Client;
  beforeAll(() => {
    client = testClient();
  });
  afterAll(() => client.destroy());

  const cut: Case = [
    'images cut by padding',
    {
      ...plain,
      padding: [
        [-1, 1],
        [2, -2],
      ],
    },
    [2, 5, 4, 3],
    [3, 2, 3, 4],
  ];
  test.each([...layouts, ...spreads, ...pixels, ...kept, ...blocked, cut])(
    'gives the same numbers for %s',
    (name, attrs, images, kernels) => {
      const graph = graphOf(attrs, images, kernels);
      const random = numbers(3);
      const inputs = graph.inputs.map((type) => draw(type, random));
      const [expected] = runGraph(client, graph, inputs);
      const [got] = runGraph(client, graph, inputs, { canonicalConvolutions: true });
      expect(got).toHaveLength(expected!.length);
      // Sums of many thousand products have values in the hundreds, whose float32 is as coarse as 1e-5.
      const digits = blocked.some(([other]) => other === name) ? 2 : 4;
      got!.forEach((value, i) => expect(value).toBeCloseTo(expected![i]!, digits));
    },
  );
});
