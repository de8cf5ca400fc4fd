import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { evaluate, recomputeStatistics } from '@basinlab/tensor/evaluation';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import { disposeActivations, recordActivations } from '../network/index.js';
import { aggregated, neighbourNetwork, ring } from './nodes.fixture.js';
import { collect, parametersOf, smallPlan } from './training.fixture.js';
import { trainPopulation } from './train-population.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const keys = { initKey: [0, 3], constantsKey: [0, 1] } as const;

describe('a network on the nodes of a graph', () => {
  test('trains as the same network does on what its neighbours show, whichever way its models move', async () => {
    const [nodes, samples] = [ring(40, 1), aggregated(ring(40, 1))];
    for (const [batch, execution] of [
      [1000, 'map'],
      [9, 'vmap'],
    ] as const) {
      const plan = { models: 2, epochs: 3, batch, execution };
      const found = await collect(trainPopulation(smallPlan({ ...plan, data: nodes, network: neighbourNetwork('nodes') })));
      const expected = await collect(trainPopulation(smallPlan({ ...plan, data: samples, network: neighbourNetwork('samples') })));
      const [got, wanted] = [parametersOf(found.events), parametersOf(expected.events)];
      got.forEach((model, i) => {
        for (const [name, x] of Object.entries(model)) expectAllclose(x, wanted[i]![name]!, { rtol: 1e-5, atol: 1e-6 });
      });
      expectAllclose(
        found.rows.map(({ value }) => value),
        expected.rows.map(({ value }) => value),
        { rtol: 1e-5 },
      );
    }
  });

  test('is evaluated, recorded and given statistics in one pass over the graph', async () => {
    const data = ring(20, 2);
    const { graph } = data;
    const network = neighbourNetwork('nodes');
    const plain = neighbourNetwork('samples');
    const variables = network.init(keys);
    const samples = aggregated(data).train;
    const found = await evaluate(network, variables, data.train, { graph, batch: 3 });
    const expected = await evaluate(plain, variables, samples);
    expectAllclose([found.loss, found.meanOfBatches, found.accuracy], [expected.loss, expected.loss, expected.accuracy], { rtol: 1e-6 });
    const batches = recordActivations(network, variables, data.train.nodes, { model: 'a', graph, batch: 3 });
    const [reference] = recordActivations(plain, variables, samples.inputs, { model: 'a' });
    expect(batches).toHaveLength(1);
    expectAllclose(batches[0]!.columns[0]!.tensor, reference!.columns[0]!.tensor.dataSync());
    disposeActivations([...batches, reference!]);
    const { state } = recomputeStatistics(network, variables, data.train.nodes, { graph, batch: 3 });
    expectAllclose(state['mean']!, recomputeStatistics(plain, variables, samples.inputs).state['mean']!.dataSync());
  });

  test('needs a graph', async () => {
    const network = neighbourNetwork('nodes');
    const message =
      'neighbours: a data set with a graph, whose nodes are the inputs, got a data set without one. Use one, such as ogbn-arxiv.';
    await expect(collect(trainPopulation(smallPlan({ network })))).rejects.toThrow(message);
    await expect(evaluate(network, network.init(keys), ring(4, 1).train)).rejects.toThrow(message);
    expect(() => recordActivations(network, network.init(keys), tf.tensor1d([0], 'int32'), { model: 'a' })).toThrow(
      'neighbours: a graph, whose nodes the inputs are, got none',
    );
  });
});
