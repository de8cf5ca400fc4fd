import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { ApplyContext, Architecture } from '@basinlab/core';
import {
  applyHiddenLayer,
  applyOutputLayer,
  layerStackActivations,
  layerStackFields,
  layerStackParams,
  layerStackState,
} from './layer-stack.js';
import { norms } from './norm.js';
import { neighbourMean } from './sum-over-edges.js';

/** There are as many steps along edges as `widths`. */
const options = z.strictObject({ ...layerStackFields, norm: z.enum(norms).default('batch') });
/** Options of `gnn`. */
export type GnnOptions = z.output<typeof options>;

/**
 * Graph network with mean aggregation, for `context.graph` with features [nodes, inputs]: `x` int32 [batch] node indices -> their logits
 * [batch, outputs]. In every hidden layer a node adds the mean of its neighbours to itself; one weight serves both, so that hidden units can
 * be exchanged as in an MLP. The graph is never made dense; all nodes are computed whichever are asked for, and BatchNorm takes its
 * statistics over all of them. Taps see the rows of the batch. The network for ogbn-arxiv of arXiv 2606.04754.
 */
export const gnn: Architecture<GnnOptions> = {
  id: 'gnn',
  summary: 'Graph network: mean of the neighbours, linear, norm and activation per hidden layer',
  options,
  input: 'nodes',
  params: layerStackParams,
  state: layerStackState,
  activations: layerStackActivations,
  activation: (o) => o.activation,
  apply: (o, params, x, context) => {
    const { graph } = context;
    demand(graph !== undefined, 'gnn', 'a graph', 'none', 'Choose a data set with a graph, or pass one to apply.');
    const [nodes = 0, ...shape] = graph.features.shape;
    demand(
      tf.util.sizeFromShape(shape) === o.inputs,
      'gnn',
      `nodes of ${o.inputs} features`,
      shape,
      'Set options.inputs to what the graph has.',
    );
    const rowsOf = (values: Tensor): Tensor => tf.gather(values, x as Tensor1D);
    const onAllNodes: ApplyContext = { ...context, tap: (at, values) => context.tap(at, rowsOf(values)) };
    let h: Tensor = tf.reshape(graph.features, [nodes, o.inputs]);
    for (const index of o.widths.keys()) h = applyHiddenLayer(o, index, params, tf.add(h, neighbourMean(h, graph)), onAllNodes);
    return applyOutputLayer(o, params, rowsOf(h), context);
  },
};
