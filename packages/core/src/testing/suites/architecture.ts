import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { device } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import type { Tolerance } from '@basinlab/tensor/testing';
import type { ApplyOptions, Architecture, Graph, Tap, Variables } from '../../contracts/index.js';
import { buildNetwork } from '../../network/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, forExample, identityChecks, optionChecks } from './check.js';
import type { Check, Contract } from './check.js';
import { perturbed, sampleKey, sampleNormal, unbroken } from './sample.js';
import { groupSizes, randomTransform, transformTensors } from './symmetry-axes.js';
import { withoutReading } from './without-reading.js';

/** Options that an architecture is tested with. */
export interface ArchitectureExample<O> {
  readonly options: Partial<O>;
  /** Shape of one input, without the batch axis. */
  readonly inputShape: readonly number[];
  /** Makes a batch in place of normal numbers of `[batch, ...inputShape]`, for example token ids. */
  readonly inputs?: (batch: number) => Tensor;
  /** Makes the graph whose nodes the inputs are. */
  readonly graph?: () => Graph;
  /** False where the rows of a batch depend on each other. Default true. */
  readonly independentRows?: boolean;
  /** Where sums run in another order than before. Default rtol 1e-4, atol 1e-5. */
  readonly tolerance?: Tolerance;
}

const rows = 5;

/**
 * What every architecture must do: unique parameter names, axes of one group of one size, pure and finite logits, honest taps, and logits that
 * stay equal when a random element of every declared group acts on the standard network.
 */
export function architectureContract<O>(architecture: Architecture<O>, examples: readonly ArchitectureExample<O>[]): Contract {
  const each = (example: ArchitectureExample<O>) =>
    forExample(example, [
      ...optionChecks(architecture.options, example.options),
      ...specChecks(architecture, example.options),
      ...functionChecks(architecture, example),
    ]);
  return contractOf(`architecture ${architecture.id}`, [...identityChecks(architecture), ...examples.flatMap(each)]);
}

function specChecks<O>(architecture: Architecture<O>, partial: Partial<O>): Check[] {
  const read = () => {
    const options = architecture.options.parse(partial);
    const params = architecture.params(options);
    const states = architecture.state?.(options) ?? [];
    return { options, params, states, all: [...params, ...states] };
  };
  return [
    {
      name: 'parameters and state are the same each time and have unique names',
      run() {
        const { params, states, all } = read();
        assert.deepEqual([read().params, read().states], [params, states]);
        assertUnique(all.map(({ name }) => name));
        for (const { name } of all) assert.match(name, /^[\w.-]+$/);
      },
    },
    {
      name: 'shapes are whole numbers with one axis entry each, and weights know their fan-in',
      run() {
        const { params, all } = read();
        for (const { name, shape, axes } of all) {
          assert.equal(axes.length, shape.length, `${name}: one axis entry for each of [${shape.join(', ')}]`);
          assert.ok(shape.every(isSize), `${name}: shape [${shape.join(', ')}]`);
        }
        for (const { name, role, fanIn } of params) assert.ok(role !== 'weight' || isSize(fanIn), `${name}: fanIn ${fanIn}`);
      },
    },
    {
      name: 'all axes of a group exchange the same number of things',
      run() {
        for (const [group, places] of groupSizes(read().all)) {
          for (const { size, at } of places) {
            assert.ok(isSize(size), `${at}: the block of ${group} divides the axis`);
            assert.equal(size, places[0]!.size, `${at} has another number of ${group} than ${places[0]!.at}`);
          }
        }
      },
    },
    {
      name: 'layers with an activation have unique names and the width of their group',
      run() {
        const { options, params } = read();
        const layers = architecture.activations(options);
        assertUnique(layers.map(({ layer }) => layer));
        const sizes = groupSizes(params);
        for (const { layer, units, axis } of layers) {
          assert.equal(units, (sizes.get(axis.group)?.[0]?.size ?? NaN) * (axis.block ?? 1), `units of ${layer}, group ${axis.group}`);
        }
      },
    },
  ];
}

function functionChecks<O>(architecture: Architecture<O>, example: ArchitectureExample<O>): Check[] {
  const tolerance = example.tolerance ?? { rtol: 1e-4, atol: 1e-5 };
  const start = () => {
    const network = buildNetwork({ architecture, options: example.options, breaking: unbroken });
    const variables = network.init({ initKey: sampleKey('init'), constantsKey: sampleKey('constants') });
    const x = example.inputs?.(rows) ?? sampleNormal('inputs', [rows, ...example.inputShape]);
    const graph = example.graph?.();
    const apply = (given: Variables, inputs: Tensor, options?: ApplyOptions) =>
      network.apply(given, inputs, { ...options, ...(graph !== undefined && { graph }) });
    return { network, variables, x, apply };
  };
  const tidy = (run: (at: ReturnType<typeof start>) => void) => () => assertNoLeak(() => tf.tidy(() => run(start())));
  const checks: Check[] = [
    {
      name: 'evaluation gives finite logits, the same each time, and keeps the state',
      run: tidy(({ variables, x, apply }) => {
        const { logits, state } = apply(variables, x);
        assert.ok(logits.rank === 2 || logits.rank === 3, `logits [${logits.shape.join(', ')}]`);
        assert.deepEqual([logits.shape[0], logits.dtype], [rows, 'float32']);
        assertFinite(logits);
        expectAllclose(apply(variables, x).logits, logits, { rtol: 0, atol: 0 });
        for (const [name, value] of Object.entries(variables.state)) expectAllclose(state[name]!, value, { rtol: 0, atol: 0 });
      }),
    },
    {
      name: 'logits are made without reading a tensor, so that they can be compiled',
      run: tidy(({ variables, x, apply }) => {
        withoutReading(() => [apply(variables, x), apply(variables, x, { training: true })]);
      }),
    },
    {
      name: 'training gives finite logits and state of the declared shapes',
      run: tidy(({ network, variables, x, apply }) => {
        const { logits, state, penalty } = apply(variables, x, { training: true });
        assertFinite(logits);
        if (penalty !== undefined) {
          assert.equal(penalty.rank, 0, 'what comes to the loss is a scalar');
          assertFinite(penalty);
        }
        assert.equal(apply(variables, x).penalty, undefined, 'evaluation adds nothing to the loss');
        const shapes = Object.entries(state).map(([name, { shape }]) => [name, [...shape]] as const);
        const declared = network.state.map(({ name, shape }) => [name, [...shape]] as const);
        assert.deepEqual(Object.fromEntries(shapes), Object.fromEntries(declared));
      }),
    },
    {
      name: 'dropout changes the logits in training where it is declared, and nothing else',
      run: tidy(({ network, variables, x, apply }) => {
        const dropout = { rate: 0.5, key: device.keyTensor(sampleKey('dropout')) };
        const logits = (settings: ApplyOptions): Tensor => apply(variables, x, settings).logits;
        expectAllclose(logits({ dropout }), logits({}), { rtol: 0, atol: 0 });
        const [dropped, whole] = [logits({ training: true, dropout }), logits({ training: true })];
        assertFinite(dropped);
        const changes = tf.any(tf.notEqual(dropped, whole)).dataSync()[0] === 1;
        assert.equal(
          changes,
          network.dropout,
          `dropout is ${network.dropout ? '' : 'not '}declared, and does ${changes ? '' : 'not '}change the logits`,
        );
      }),
    },
    {
      name: 'taps name layer and site once each, with a group that divides the last axis, and follow every activation',
      run: tidy(({ network, variables, x, apply }) => {
        const seen: { place: string; group: string | null; units: number }[] = [];
        const tap: Tap = ({ layer, site, group }, value) =>
          void seen.push({ place: `${layer} ${site}`, group, units: value.shape.at(-1)! });
        apply(variables, x, { tap });
        assertUnique(seen.map(({ place }) => place));
        const sizes = groupSizes(network.params);
        for (const { place, group, units } of seen) {
          if (group !== null) assert.equal(units % (sizes.get(group)?.[0]?.size ?? NaN), 0, `${place}: ${units} units of group ${group}`);
        }
        for (const { layer } of architecture.activations(architecture.options.parse(example.options))) {
          assert.ok(
            seen.some(({ place }) => place === `${layer} post-activation`),
            `${layer} is not tapped after its activation`,
          );
        }
      }),
    },
    {
      name: 'a random element of every group changes parameters and leaves the logits equal',
      run: tidy(({ network, variables, x, apply }) => {
        const specs = [...network.params, ...network.state];
        const before = { ...variables, params: perturbed(variables.params), state: perturbed(variables.state) };
        const transform = randomTransform(specs, sampleKey('transform'));
        const params = transformTensors(network.params, before.params, transform);
        const state = transformTensors(network.state, before.state, transform);
        expectAllclose(apply({ ...before, params, state }, x).logits, apply(before, x).logits, tolerance);
        const moved = Object.entries(params).some(([name, value]) => tf.any(tf.notEqual(value, before.params[name]!)).dataSync()[0] === 1);
        assert.ok(moved || groupSizes(specs).size === 0, 'the element moved no parameter');
      }),
    },
  ];
  if (example.independentRows === false) return checks;
  const rowCheck: Check = {
    name: 'the logits of an input do not depend on the others of the batch',
    run: tidy(({ variables, x, apply }) => {
      const alone = apply(variables, tf.slice(x, 2, 1)).logits;
      expectAllclose(alone, tf.slice(apply(variables, x).logits, 2, 1), tolerance);
    }),
  };
  return [...checks, rowCheck];
}

const isSize = (n: number | undefined): boolean => Number.isSafeInteger(n) && n! > 0;
const assertUnique = (names: readonly string[]): void => assert.deepEqual(names, [...new Set(names)], 'names must be unique');
const assertFinite = (x: Tensor): void => assert.ok(x.dataSync().every(Number.isFinite), 'logits must be finite');
