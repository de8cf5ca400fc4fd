// One full training step of the graph network (forward, backward, AdamW, BatchNorm statistics) on a random graph of the size of ogbn-arxiv:
//   node bench/graph-network.mjs [--nodes N] [--edges N] [--steps N] [--json]
// Prints seconds per step and the peak of the process's resident memory, which holds the CPU engine's buffers too.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, jit } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { adamw, constant, crossEntropy, defineUpdateRule, valueAndGradients } from '@basinlab/core/training';
import { sortEdges } from '@basinlab/datasets';
import { gnn, standard } from '@basinlab/models-asymmetric';
import { registerXla } from '@basinlab/xla';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '170000' },
    edges: { type: 'string', default: '1200000' },
    steps: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const [nodes, edges, steps] = [values.nodes, values.edges, values.steps].map(Number);
const [features, classes] = [128, 40];

await registerXla();
const key = keyFromSeed(1);
const ends = (side) => randomInt(childKey(key, side), edges, 0, nodes);
const { sources, targets, offsets } = sortEdges(ends('from'), ends('to'), nodes, { undirected: false });
const graph = {
  features: tf.tensor2d(normal(childKey(key, 'features'), nodes * features), [nodes, features]),
  sources: tf.tensor1d(sources, 'int32'),
  targets: tf.tensor1d(targets, 'int32'),
  offsets: tf.tensor1d(offsets, 'int32'),
  degrees: tf.tensor1d(Float32Array.from({ length: nodes }, (_, node) => offsets[node + 1] - offsets[node])),
};
const network = buildNetwork({
  architecture: gnn,
  options: { inputs: features, widths: [256, 256, 256], outputs: classes },
  breaking: standard,
});
const updateRule = defineUpdateRule({ optimizer: adamw, schedule: constant, learningRate: 1e-2 });
// Every second node is trained on, about the share of ogbn-arxiv.
const x = tf.range(0, nodes, 2, 'int32');
const labels = tf.tensor1d(randomInt(childKey(key, 'labels'), x.size, 0, classes), 'int32');

const step = jit(
  ({ params, state, optimizer }, count, { graph: edgesAndFeatures, x: rows, labels: wanted }) => {
    const { value, gradients, aside } = valueAndGradients((trial) => {
      const { logits, state: after } = network.apply({ params: trial, constants: {}, state }, rows, {
        training: true,
        graph: edgesAndFeatures,
      });
      return { value: crossEntropy(logits, wanted), aside: after };
    }, params);
    const moved = updateRule.update({ step: count, epoch: count }, params, gradients, optimizer);
    return { model: { params: moved.params, state: aside, optimizer: moved.state }, loss: value };
  },
  { name: 'graph-network-step', donate: [0] },
);

const { params, state } = network.init({ initKey: keyFromSeed(2), constantsKey: keyFromSeed(3) });
let model = { params, state, optimizer: updateRule.init(params) };
const seconds = [];
const losses = [];
for (let i = 0; i <= steps; i++) {
  const start = performance.now();
  const result = step(model, tf.scalar(i, 'int32'), { graph, x, labels });
  losses.push((await result.loss.data())[0]);
  model = result.model;
  seconds.push((performance.now() - start) / 1000);
}
const { maxRSS } = process.resourceUsage();
const [first, ...rest] = seconds;
const median = rest.sort((a, b) => a - b)[Math.floor(rest.length / 2)];
const row = { nodes, edges: sources.length, secondsPerStep: median, firstStepSeconds: first, peakGiB: maxRSS / 2 ** 20, losses };
if (values.json) console.log(JSON.stringify(row));
else {
  console.log(`${nodes} nodes, ${row.edges} edges: ${median.toFixed(2)} s a step (first ${first.toFixed(1)} s, with compilation)`);
  console.log(`peak memory ${row.peakGiB.toFixed(2)} GiB; loss ${losses[0].toFixed(4)} -> ${losses.at(-1).toFixed(4)}`);
}
