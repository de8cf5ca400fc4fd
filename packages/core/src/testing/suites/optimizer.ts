import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import type { Optimizer, OptimizerState, Tensors } from '../../contracts/index.js';
import { expectAllclose } from '@basinlab/tensor/testing';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, forExample, identityChecks, optionChecks } from './check.js';
import type { Check, Contract } from './check.js';
import { sampleNormal } from './sample.js';
import { withoutReading } from './without-reading.js';

/** Options that an optimizer is tested with. */
export interface OptimizerExample<O> {
  readonly options: Partial<O>;
  /** At which 100 updates bring the parameters nearer to where the gradient is 0. Default 0.01. */
  readonly learningRate?: number;
}

const shapes: Readonly<Record<string, readonly number[]>> = {
  'layers.0.linear.weight': [4, 3],
  'layers.0.linear.bias': [4],
  'layers.1.linear.weight': [2, 4],
};
const updates = 100;

/**
 * What every optimizer must do: a state of slots that keep the shapes of parameters, updates that are pure and made of tensor operations, that a
 * learning rate of 0 stops, that bring a loss down, and whose slots of squares hold no negative number.
 */
export function optimizerContract<O>(optimizer: Optimizer<O>, examples: readonly OptimizerExample<O>[]): Contract {
  const each = (example: OptimizerExample<O>) =>
    forExample(example, [...optionChecks(optimizer.options, example.options), ...updateChecks(optimizer, example)]);
  return contractOf(`optimizer ${optimizer.id}`, [...identityChecks(optimizer), ...examples.flatMap(each)]);
}

/** Parameters and what an optimizer keeps of them. */
interface At {
  readonly params: Tensors;
  readonly state: OptimizerState;
}

function updateChecks<O>(optimizer: Optimizer<O>, { options: partial, learningRate = 0.01 }: OptimizerExample<O>): Check[] {
  const options = (): O => optimizer.options.parse(partial);
  const start = (): At => {
    const params = sample('params');
    return { params, state: optimizer.init(options(), params) };
  };
  const scalar = (value: number): Scalar => tf.scalar(value, 'float32');
  const update = ({ params, state }: At, step: number, rate = learningRate, gradients = sample(`gradients ${step}`)): At =>
    optimizer.update(options(), { step: scalar(step), learningRate: scalar(rate) }, params, gradients, state);
  const tidy = (run: () => void) => () => assertNoLeak(() => tf.tidy(run));
  return [
    {
      name: 'the state is slots of finite tensors, each of the shape of the parameter that it is called like',
      run: tidy(() => {
        const { params, state } = start();
        assertSlots(state, params);
      }),
    },
    {
      name: 'updates keep names, shapes and slots, and stay finite',
      run: tidy(() => {
        const before = start();
        const after = [1, 2, 3].reduce((at, step) => update(at, step), before);
        assert.deepEqual(shapesOf(after.params), shapesOf(before.params), 'parameters');
        const slots = ({ state }: At) => Object.fromEntries(Object.entries(state).map(([slot, tensors]) => [slot, shapesOf(tensors)]));
        assert.deepEqual(slots(after), slots(before), 'slots');
        assertSlots(after.state, after.params);
        for (const [name, value] of Object.entries(after.params))
          assert.ok(value.dataSync().every(Number.isFinite), `${name} must be finite`);
      }),
    },
    {
      name: 'an update leaves what it is given as it was, and gives the same again',
      run: tidy(() => {
        const before = update(start(), 1);
        const values = flat(before);
        const first = update(before, 2);
        expectSame(flat(before), values);
        expectSame(flat(update(before, 2)), flat(first));
      }),
    },
    {
      name: 'an update reads no tensor, so that it can be compiled',
      run: tidy(() => {
        const [params, gradients] = [sample('params'), sample('gradients')];
        withoutReading(() => update({ params, state: optimizer.init(options(), params) }, 1, learningRate, gradients));
      }),
    },
    {
      name: 'a learning rate of 0 moves no parameter',
      run: tidy(() => {
        const before = start();
        expectSame(update(before, 1, 0).params, before.params);
      }),
    },
    {
      name: `${updates} updates come nearer to where the gradient is 0`,
      run: tidy(() => {
        const least = sample('least');
        const distance = (params: Tensors): number =>
          Object.entries(params).reduce((sum, [name, x]) => sum + tf.sum(tf.squaredDifference(x, least[name]!)).dataSync()[0]!, 0);
        const before = start();
        let at = before;
        for (let step = 1; step <= updates; step++) {
          const gradients = Object.fromEntries(Object.entries(at.params).map(([name, x]) => [name, tf.sub(x, least[name]!)]));
          at = update(at, step, learningRate, gradients);
        }
        const [first, last] = [distance(before.params), distance(at.params)];
        assert.ok(last < first, `the squared distance must fall from ${first}, got ${last}`);
      }),
    },
    {
      name: 'slots of squares are slots, and hold no negative number',
      run: tidy(() => {
        const { state } = [1, 2, 3].reduce((at, step) => update(at, step), start());
        for (const slot of optimizer.squares ?? []) {
          assert.ok(state[slot] !== undefined, `there is no slot ${slot}, only ${Object.keys(state).join(', ')}`);
          for (const [name, value] of Object.entries(state[slot]))
            assert.ok(
              value.dataSync().every((x) => x >= 0),
              `${slot} of ${name}`,
            );
        }
      }),
    },
  ];
}

const sample = (name: string): Tensors =>
  Object.fromEntries(Object.entries(shapes).map(([param, shape]) => [param, sampleNormal(`${name} of ${param}`, shape)]));

const shapesOf = (tensors: Tensors) => Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, [...shape]] as const));

function assertSlots(state: OptimizerState, params: Tensors): void {
  for (const [slot, tensors] of Object.entries(state)) {
    for (const [name, value] of Object.entries(tensors)) {
      assert.deepEqual(value.shape, params[name]?.shape, `shape of ${slot} of ${name}`);
      assert.ok(value.dataSync().every(Number.isFinite), `${slot} of ${name} must be finite`);
    }
  }
}

/** Parameters and slots under names of their own, with copies of the values. */
function flat({ params, state }: At): Record<string, ArrayLike<number>> {
  const all = Object.entries({ params, ...state }).flatMap(([slot, tensors]) =>
    Object.entries(tensors).map(([name, x]) => [`${slot}: ${name}`, x.dataSync().slice()] as const),
  );
  return Object.fromEntries(all);
}

function expectSame(got: Readonly<Record<string, ArrayLike<number> | tf.Tensor>>, expected: typeof got): void {
  assert.deepEqual(Object.keys(got).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) expectAllclose(got[name]!, values, { rtol: 0, atol: 0 });
}
