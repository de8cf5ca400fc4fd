import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { childKey } from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import type { Architecture, Graph, Network, SymmetryBreaking, Tensors, Variables } from '../../contracts/index.js';
import { buildNetwork } from '../../network/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, forExample, identityChecks, optionChecks } from './check.js';
import type { Check, Contract } from './check.js';
import { perturbed, sampleKey, sampleNormal } from './sample.js';
import { randomTransform, transformTensors } from './symmetry-axes.js';

/** An architecture and options that a breaking is tested with. */
export interface BreakingExample<B, O> {
  readonly options: Partial<B>;
  /** A network to break, with hidden units that can be exchanged. */
  readonly architecture: Architecture<O>;
  readonly architectureOptions: Partial<O>;
  readonly inputShape: readonly number[];
  /** Makes a batch in place of normal numbers of `[batch, ...inputShape]`. */
  readonly inputs?: (batch: number) => Tensor;
  /** Makes the graph whose nodes the inputs are. */
  readonly graph?: () => Graph;
  /** False where exchanging hidden units still leaves the function equal, as in a standard network. Default true. */
  readonly breaks?: boolean;
  /** False where the constants do not depend on the key, for example identities. Default true. */
  readonly random?: boolean;
}

/**
 * What every symmetry breaking must do: constants of the parameters' shapes that depend on the key alone, no gradient where the scale is 0, a
 * standard network of the same function, and a function that changes when hidden units are exchanged.
 */
export function symmetryBreakingContract<B, O>(breaking: SymmetryBreaking<B>, examples: readonly BreakingExample<B, O>[]): Contract {
  const each = (example: BreakingExample<B, O>) =>
    forExample(example, [
      ...optionChecks(breaking.options, example.options),
      ...constantChecks(breaking, example),
      ...networkChecks(breaking, example),
    ]);
  return contractOf(`symmetry breaking ${breaking.id}`, [...identityChecks(breaking), ...examples.flatMap(each)]);
}

function constantChecks<B, O>(breaking: SymmetryBreaking<B>, example: BreakingExample<B, O>): Check[] {
  const specs = () => example.architecture.params(example.architecture.options.parse(example.architectureOptions));
  /** Draws for every parameter, last one first if `reversed`. */
  const draw = (key: Key, reversed = false): Tensors => {
    const params = specs();
    const weights = params.filter(({ role }) => role === 'weight').map(({ name }) => name);
    const options = breaking.options.parse(example.options);
    const constants: Record<string, Tensor> = {};
    for (const spec of reversed ? [...params].reverse() : params) {
      const position = { layer: weights.indexOf(spec.name), layers: weights.length, weights };
      const drawn = breaking.constants(spec, options, childKey(key, spec.name), position);
      if (drawn?.scale !== undefined) constants[`${spec.name}.scale`] = drawn.scale;
      if (drawn?.shift !== undefined) constants[`${spec.name}.shift`] = drawn.shift;
    }
    if (breaking.activation !== undefined) {
      for (const { layer, units } of example.architecture.activations(example.architecture.options.parse(example.architectureOptions))) {
        constants[`${layer}.gate`] = breaking.activation.constants(units, options, childKey(key, layer));
      }
    }
    return constants;
  };
  const tidy = (run: () => void) => () => assertNoLeak(() => tf.tidy(run));
  return [
    {
      name: "constants are finite float32 of their parameter's shape",
      run: tidy(() => {
        const shapes = new Map(specs().map(({ name, shape }) => [name, shape]));
        for (const [name, value] of Object.entries(draw(sampleKey('constants')))) {
          const shape = shapes.get(name.replace(/\.(scale|shift)$/, ''));
          if (shape !== undefined) assert.deepEqual([...value.shape], [...shape], name);
          assert.equal(value.dtype, 'float32', name);
          assert.ok(value.dataSync().every(Number.isFinite), `${name} must be finite`);
        }
      }),
    },
    {
      name: 'constants depend on the key alone, not on the order of construction',
      run: tidy(() => {
        const first = draw(sampleKey('constants'));
        assertSame(draw(sampleKey('constants')), first);
        assertSame(draw(sampleKey('constants'), true), first);
      }),
    },
    {
      name: 'another key gives other constants',
      run: tidy(() => {
        const [first, second] = [draw(sampleKey('constants')), draw(sampleKey('other'))];
        const differ = Object.keys(first).some((name) => tf.any(tf.notEqual(first[name]!, second[name]!)).dataSync()[0] === 1);
        assert.equal(differ, (example.random ?? true) && Object.keys(first).length > 0);
      }),
    },
  ];
}

function networkChecks<B, O>(breaking: SymmetryBreaking<B>, example: BreakingExample<B, O>): Check[] {
  const start = () => {
    const { architecture, architectureOptions, options } = example;
    const network: Network = buildNetwork({ architecture, options: architectureOptions, breaking, breakingOptions: options });
    const fresh = network.init({ initKey: sampleKey('init'), constantsKey: sampleKey('constants') });
    const variables = { ...fresh, params: perturbed(fresh.params), state: perturbed(fresh.state) };
    const x = example.inputs?.(4) ?? sampleNormal('inputs', [4, ...example.inputShape]);
    const graph = example.graph?.();
    const logitsOf = (of: Network, given: Variables): Tensor => of.apply(given, x, graph === undefined ? {} : { graph }).logits;
    return { network, variables, logitsOf };
  };
  const tidy = (run: (at: ReturnType<typeof start>) => void) => () => assertNoLeak(() => tf.tidy(() => run(start())));
  return [
    {
      name: 'training cannot move what is fixed: the gradient is 0 wherever the scale is',
      run: tidy(({ network, variables, logitsOf }) => {
        const names = Object.keys(variables.params);
        const loss = (...values: Tensor[]) => {
          const params = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
          return tf.sum(tf.square(logitsOf(network, { ...variables, params }))) as Scalar;
        };
        const gradients = tf.grads(loss)(Object.values(variables.params));
        names.forEach((name, i) => {
          const scale = variables.constants[`${name}.scale`];
          if (scale !== undefined)
            assert.equal(tf.any(tf.logicalAnd(tf.equal(scale, 0), tf.notEqual(gradients[i]!, 0))).dataSync()[0], 0, name);
        });
      }),
    },
    {
      name: 'the standard network with constants absorbed computes the same logits',
      run: tidy(({ network, variables, logitsOf }) => {
        const standard = logitsOf(network.standard, network.toStandard(variables));
        expectAllclose(standard, logitsOf(network, variables), { rtol: 1e-5, atol: 1e-5 });
      }),
    },
    {
      name: example.breaks === false ? 'exchanging hidden units leaves the logits equal' : 'exchanging hidden units changes the logits',
      run: tidy(({ network, variables, logitsOf }) => {
        const transform = randomTransform([...network.params, ...network.state], sampleKey('transform'));
        const params = transformTensors(network.params, variables.params, transform);
        const state = transformTensors(network.state, variables.state, transform);
        const difference = tf.max(tf.abs(tf.sub(logitsOf(network, { ...variables, params, state }), logitsOf(network, variables))));
        const size = tf.max(tf.abs(logitsOf(network, variables)));
        const relative = difference.dataSync()[0]! / size.dataSync()[0]!;
        assert.equal(relative > 1e-3, example.breaks ?? true, `logits changed by ${relative} of their size`);
      }),
    },
  ];
}

function assertSame(got: Tensors, expected: Tensors): void {
  assert.deepEqual(Object.keys(got).sort(), Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) expectAllclose(got[name]!, value, { rtol: 0, atol: 0 });
}
