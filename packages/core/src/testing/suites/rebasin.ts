import * as tf from '@tensorflow/tfjs-core';
import { elementMatrix, elementSize } from '@basinlab/tensor';
import { expectAllclose } from '@basinlab/tensor/testing';
import type {
  ActivationBatch,
  ActivationRebasinStrategy,
  AlignmentData,
  AlignmentSide,
  Architecture,
  MonomialElement,
  Network,
  PermutationElement,
  RebasinStrategy,
  RotatedElement,
  SymmetryTransform,
  Tensors,
  Variables,
  WeightRebasinStrategy,
} from '../../contracts/index.js';
import { buildNetwork } from '../../network/index.js';
import { onDemand } from '../../pipeline/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, forExample, identityChecks } from './check.js';
import type { Check, Contract } from './check.js';
import { perturbed, sampleKey, sampleNormal, unbroken } from './sample.js';
import { groupSizes, randomTransform, transformTensors } from './symmetry-axes.js';

/** A network and options that a strategy is tested with. */
export interface RebasinExample<O> {
  /** A network to align; its hidden units must differ from each other once its parameters are perturbed. */
  readonly architecture: Architecture<O>;
  readonly options: Partial<O>;
  readonly inputShape: readonly number[];
  /** Inputs on which activations are recorded or a loss is taken, for strategies that need them. Default 256. */
  readonly samples?: number;
}

/**
 * What every re-basin strategy must do: group elements of the right kind and size, the identity for equal models, a planted group element found
 * exactly, the same answer for the same key, inputs left alone, and a stop when told.
 */
export function rebasinContract<O>(strategy: RebasinStrategy, examples: readonly RebasinExample<O>[]): Contract {
  const each = (example: RebasinExample<O>) => forExample(example, exampleChecks(strategy, example));
  return contractOf(`re-basin strategy ${strategy.id}`, [...identityChecks(strategy), ...examples.flatMap(each)]);
}

function exampleChecks<O>(strategy: RebasinStrategy, example: RebasinExample<O>): Check[] {
  const start = () => {
    const network = buildNetwork({ architecture: example.architecture, options: example.options, breaking: unbroken });
    const model = (name: string): Variables => {
      const fresh = network.init({ initKey: sampleKey(name), constantsKey: sampleKey('constants') });
      return { ...fresh, params: perturbed(fresh.params), state: perturbed(fresh.state) };
    };
    const align = async (a: Variables, b: Variables, signal?: AbortSignal) => {
      const side = ({ params, state }: Variables): AlignmentSide => ({ params, state });
      const at = { specs: network.params, stateSpecs: network.state, key: sampleKey('align'), ...(signal && { signal }) };
      const work = startOf(strategy, example, network, a, b);
      const before = tf.memory().numTensors;
      const transform = await work(side(a), side(b), at);
      assert.equal(tf.memory().numTensors, before, 'tensors were left behind');
      return transform;
    };
    return { network, model, align };
  };
  const scoped = (run: (at: ReturnType<typeof start>) => Promise<void>) => () =>
    assertNoLeak(async () => {
      const engine = tf.engine();
      engine.startScope();
      try {
        await run(start());
      } finally {
        engine.endScope();
      }
    });
  return [
    {
      name: 'two different models get one valid element per group, the same for the same key, and stay as they were',
      run: scoped(async ({ network, model, align }) => {
        const [a, b] = [model('a'), model('b')];
        const copies = [copy(a.params), copy(b.params)] as const;
        const transform = await align(a, b);
        assertValid(network, transform);
        assert.deepEqual(plain(await align(a, b)), plain(transform));
        assertSame(a.params, copies[0]);
        assertSame(b.params, copies[1]);
      }),
    },
    {
      name: 'equal models get the identity',
      run: scoped(async ({ model, align }) => {
        const a = model('a');
        for (const element of Object.values(await align(a, a))) {
          const size = elementSize(element);
          const identity = Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
          const atol = element.kind === 'permutation' ? 0 : 1e-4;
          expectAllclose(elementMatrix(element), identity, { rtol: 0, atol });
        }
      }),
    },
    {
      name: 'a planted element is found: aligned parameters are those of the first model',
      run: scoped(async ({ network, model, align }) => {
        const a = model('a');
        const planted = randomTransform([...network.params, ...network.state], sampleKey('planted'), 'permutation');
        const b = {
          ...a,
          params: transformTensors(network.params, a.params, planted),
          state: transformTensors(network.state, a.state, planted),
        };
        const found = await align(a, b);
        const atol = Object.values(found).every(({ kind }) => kind === 'permutation') ? 0 : 1e-4;
        assertSame(transformTensors(network.params, b.params, found), a.params, atol);
        assertSame(transformTensors(network.state, b.state, found), a.state, atol);
      }),
    },
    ...(strategy.needs === 'activations' || strategy.alignMany === undefined ? [] : [manyCheck(strategy, example, scoped)]),
    {
      name: 'does not start when it is already told to stop',
      run: scoped(async ({ model, align }) => {
        await assert.rejects(align(model('a'), model('b'), AbortSignal.abort()));
      }),
    },
  ];
}

/** Three models of which two are the first with planted elements. */
function manyCheck<O>(
  strategy: Exclude<RebasinStrategy, ActivationRebasinStrategy>,
  example: RebasinExample<O>,
  scoped: (run: (at: { network: Network; model: (name: string) => Variables }) => Promise<void>) => Check['run'],
): Check {
  return {
    name: 'several models that are one with planted elements all become the first',
    run: scoped(async ({ network, model }) => {
      const first = model('a');
      const models = [null, 'left', 'right'].map((name): Variables => {
        const planted = name === null ? {} : randomTransform([...network.params, ...network.state], sampleKey(name), 'permutation');
        return {
          ...first,
          params: transformTensors(network.params, first.params, planted),
          state: transformTensors(network.state, first.state, planted),
        };
      });
      const sides = models.map(({ params, state }): AlignmentSide => ({ params, state }));
      const at = { specs: network.params, stateSpecs: network.state, key: sampleKey('align') };
      const transforms =
        strategy.needs === 'weights'
          ? await strategy.alignMany!(sides, at)
          : await strategy.alignMany!(sides, { ...at, network, data: dataOf(example, network, first) });
      assert.equal(transforms.length, models.length, 'a transform for each model');
      transforms.forEach((transform, which) => {
        assertValid(network, transform);
        const atol = Object.values(transform).every(({ kind }) => kind === 'permutation') ? 0 : 1e-4;
        assertSame(transformTensors(network.params, models[which]!.params, transform), first.params, atol);
        assertSame(transformTensors(network.state, models[which]!.state, transform), first.state, atol);
      });
    }),
  };
}

/** Examples with labels by turns. */
function dataOf<O>({ samples = 256, inputShape }: RebasinExample<O>, network: Network, model: Variables): AlignmentData {
  const inputs = sampleNormal('inputs', [samples, ...inputShape]);
  const outputs = network.apply(model, inputs).logits.shape[1]!;
  const labels = tf.tensor1d(
    Int32Array.from({ length: samples }, (_, i) => i % outputs),
    'int32',
  );
  return { inputs, labels };
}

/** A strategy's alignment with what it needs beside weights. */
function startOf<O>(
  strategy: RebasinStrategy,
  example: RebasinExample<O>,
  network: Network,
  a: Variables,
  b: Variables,
): WeightRebasinStrategy['align'] {
  if (strategy.needs === 'weights') return (...of) => strategy.align(...of);
  if (strategy.needs === 'loss') {
    const data = dataOf(example, network, a);
    return (left, right, at) => strategy.align(left, right, { ...at, network, data });
  }
  const { samples = 256, inputShape } = example;
  const x = sampleNormal('inputs', [samples, ...inputShape]);
  const columns: ActivationBatch['columns'][number][] = [];
  for (const [model, variables] of Object.entries({ a, b })) {
    network.apply(variables, x, {
      tap: ({ layer, site, group }, tensor) =>
        void columns.push({
          name: `${model}.${layer}.${site}`,
          field: { model, layer, site, ...(group === null ? {} : { group }) },
          tensor,
        }),
    });
  }
  return (left, right, at) => strategy.align(left, right, { ...at, activations: onDemand(() => [{ rows: samples, columns }]) });
}

function assertValid(network: Network, transform: SymmetryTransform): void {
  const sizes = groupSizes([...network.params, ...network.state]);
  for (const [group, element] of Object.entries(transform)) {
    const declared = sizes.get(group)?.[0];
    assert.ok(declared !== undefined, `the network has no group ${group}`);
    const { size, kind, nest } = declared;
    if (!('indices' in element)) {
      assert.equal(element.kind, kind, `${group} has elements of its kind`);
      if (element.kind !== 'orthogonal') continue;
      const matrix = tf.tensor2d(Float32Array.from(element.matrix), [size, size]);
      expectAllclose(tf.matMul(matrix, matrix, false, true), tf.eye(size), { rtol: 0, atol: 1e-4 });
      continue;
    }
    const { indices } = element;
    if (element.kind === 'monomial') assert.ok(kind !== 'permutation', `${group} has no factors`);
    if (element.kind === 'rotated') assert.equal(kind, 'rotated-permutation', `${group} has units that turn`);
    assert.deepEqual(
      [...indices].sort((i, j) => i - j),
      [...Array(size).keys()],
      `${group} must be a permutation of ${size}`,
    );
    const nestOf = (unit: number): number => Math.floor(unit / nest);
    indices.forEach((from, to) => assert.equal(nestOf(from), nestOf(indices[to - (to % nest)]!), `${group} keeps nests of ${nest} units`));
  }
}

const plain = (transform: SymmetryTransform) =>
  Object.fromEntries(
    Object.entries(transform).map(([group, element]) => [
      group,
      'indices' in element ? [...element.indices, ...moreOf(element)] : [...element.matrix],
    ]),
  );
const moreOf = (element: PermutationElement | MonomialElement | RotatedElement): Iterable<number> =>
  element.kind === 'monomial' ? element.scales : element.kind === 'rotated' ? element.angles : [];
const copy = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, tf.clone(x)]));

function assertSame(got: Tensors, expected: Tensors, atol = 0): void {
  for (const [name, value] of Object.entries(expected)) expectAllclose(got[name]!, value, { rtol: 0, atol });
}
