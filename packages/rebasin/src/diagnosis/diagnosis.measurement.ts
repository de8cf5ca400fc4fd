import type { Graph, MeasurementRow, Network, Split, Tensors, Variables } from '@basinlab/core';
import { defineMeasurement, foldActivations } from '@basinlab/core/measurement';
import { createPairAccumulator, type PairMoments } from '@basinlab/core/statistics';
import { examplesOf, recomputeStatistics } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { unitsLast } from '../activation-matching/group-moments.js';
import { freeGroups, matchMoments } from '../activation-matching/match-activations.js';
import { columnsOf } from '../activation-matching/strategy.js';
import { meanOf } from '../many/mean.js';
import { applyTransform, groupSizes } from '../transform/index.js';
import { createHybridEvaluator, cutsOf, type Cut, type Hybrid } from './hybrids.js';

/** What is asked of two models, one demand more from each to the next. */
export const stages = [
  /** Each by itself. */
  'ends',
  /** The first model up to a cut, the second behind it, between both a map of the cut's group fitted to what both do there. */
  'switched, map fitted there',
  /** The same with the alignment's own map, one for all cuts. */
  'switched, one map',
  /** Weights averaged in one part, from a cut to the next or to the output, the rest from the first model. */
  'one part averaged',
  /** Weights averaged up to a cut, the rest from the first model. */
  'averaged up to here',
  /** All weights averaged but those of norms, which are the first model's. */
  'averaged, norms of the first',
  /** All weights averaged. */
  'averaged',
  /** The same with running statistics of its own. */
  'averaged, statistics recomputed',
] as const;
/** See {@link stages}. */
export type Stage = (typeof stages)[number];

const number = { role: 'value', type: 'number' } as const;

/**
 * Where the alignment of two models fails: the loss of hybrids that ask more and more of it. At first maps are applied at run time and no weights are mixed; then one
 * map must do for the whole network; then weights are averaged, part by part.
 */
export const diagnosis = defineMeasurement({
  id: 'diagnosis',
  summary: 'Where an alignment fails: losses of hybrids of two models that ask more and more of it, part by part',
  of: 'pair',
  options: z.strictObject({}),
  needs: { weights: 'standard', examples: true, activations: { sites: ['post-activation'] } },
  columns: [
    { name: 'stage', summary: `what is asked: ${stages.join('; ')}`, role: 'axis', type: 'text' },
    {
      name: 'place',
      summary: 'layer behind which is cut, or at which a part ends (the last: output), or which end; empty for the whole',
      role: 'axis',
      type: 'text',
    },
    { name: 'depth', summary: 'place of the cut among all, from 0 to 1', role: 'axis', type: 'number', range: [0, 1] },
    { name: 'loss', summary: 'mean loss', ...number, unit: 'nats', range: [0, Infinity], better: 'lower' },
    { name: 'accuracy', summary: 'accuracy', ...number, unit: '%', range: [0, 100], better: 'higher' },
    { name: 'above', summary: 'loss above the mean of both ends', ...number, unit: 'nats', better: 'lower' },
  ],
  plots: [
    { kind: 'lines', title: 'Loss above the ends by depth', x: 'depth', y: 'above', series: 'stage', facet: ['alignment'] },
    { kind: 'bars', title: 'Whole model', x: 'stage', y: 'above', where: { place: null }, facet: ['alignment'] },
  ],
  async measure({ a, b }, _options, { network, examples, splits, task, graph, activations, reuse }) {
    const [first, second] = [a.variables, b.variables];
    const cuts = cutsOf(network, first, examples, graph);
    const evaluator = reuse('hybrids', () => createHybridEvaluator(network, cuts, { task, graph }));
    const moments = await foldMoments(network, cuts, activations, [a.name, b.name]);
    const whole = (share: number): Hybrid => ({ shares: Array.from({ length: cuts.length + 1 }, () => share) });
    const byPart = (shareOf: (part: number) => number): Hybrid => ({
      shares: Array.from({ length: cuts.length + 1 }, (_, part) => shareOf(part)),
    });
    const places = [...cuts.keys()];
    // One more than there are cuts: what stands behind the last is a part too.
    const parts = [...places, cuts.length];
    const plans: { stage: Stage; place: string | null; depth: number | null; hybrid: Hybrid }[] = [
      { stage: 'ends', place: 'first', depth: null, hybrid: whole(0) },
      { stage: 'ends', place: 'second', depth: null, hybrid: whole(1) },
      ...places.map((at) => ({ ...placed('switched, one map', at), hybrid: byPart((part) => (part > at ? 1 : 0)) })),
      ...parts.map((at) => ({ ...placed('one part averaged', at), hybrid: byPart((part) => (part === at ? 0.5 : 0)) })),
      ...places.map((at) => ({ ...placed('averaged up to here', at), hybrid: byPart((part) => (part <= at ? 0.5 : 0)) })),
      ...(network.params.some(({ role }) => role === 'norm')
        ? [{ stage: 'averaged, norms of the first' as const, place: null, depth: null, hybrid: { ...whole(0.5), norms: 0 } }]
        : []),
      { stage: 'averaged', place: null, depth: null, hybrid: whole(0.5) },
    ];
    function placed(stage: Stage, at: number): { stage: Stage; place: string; depth: number } {
      return { stage, place: cuts[at]?.layer ?? 'output', depth: at / cuts.length };
    }
    const found = await evaluator.evaluate(
      first,
      second,
      plans.map(({ hybrid }) => hybrid),
      examples,
    );
    const ends = (found[0]!.loss + found[1]!.loss) / 2;
    const rowOf = (
      { stage, place, depth }: Omit<(typeof plans)[number], 'hybrid'>,
      { loss, accuracy }: { loss: number; accuracy: number },
    ): MeasurementRow => ({
      ...{ stage, place, depth, loss, accuracy, above: loss - ends },
    });
    const rows = new Map<Stage, MeasurementRow[]>(stages.map((stage) => [stage, []]));
    plans.forEach((plan, at) => rows.get(plan.stage)!.push(rowOf(plan, found[at]!)));
    for (const at of places) {
      const behind = movedAt(network, second, cuts[at]!, moments[at]!);
      try {
        const [switched] = await evaluator.evaluate(first, behind, [byPart((part) => (part > at ? 1 : 0))], examples);
        rows.get('switched, map fitted there')!.push(rowOf(placed('switched, map fitted there', at), switched!));
      } finally {
        tf.dispose([behind.params, behind.state]);
      }
    }
    if (network.state.some(({ momentum }) => momentum !== undefined)) {
      const middle = withOwnStatistics(network, [first, second], splits['train'] ?? examples, graph);
      const [recomputed] = await evaluator.evaluate(middle, middle, [whole(0)], examples);
      rows
        .get('averaged, statistics recomputed')!
        .push(rowOf({ stage: 'averaged, statistics recomputed', place: null, depth: null }, recomputed!));
      tf.dispose([middle.params, middle.state]);
    }
    return stages.flatMap((stage) => rows.get(stage)!);
  },
});

/** Moments of the units of both models at every cut. */
async function foldMoments(
  network: Network,
  cuts: readonly Cut[],
  activations: Parameters<typeof foldActivations>[0],
  [first, second]: readonly [string, string],
): Promise<readonly PairMoments[]> {
  const sizes = groupSizes(network.params);
  const accumulator = createPairAccumulator();
  try {
    await foldActivations(activations, accumulator, async (into, batch) => {
      const [left, right] = [columnsOf(batch, first).columns, columnsOf(batch, second).columns];
      const pairs: Record<string, { a: tf.Tensor; b: tf.Tensor }> = {};
      for (const [at, { layer, group }] of cuts.entries()) {
        const of = (columns: typeof left): tf.Tensor => {
          const { tensor } = columns.find(({ field }) => field.layer === layer && field.site === 'post-activation')!;
          return unitsLast(tensor, sizes.get(group)!, { layer, group, site: 'post-activation' });
        };
        pairs[String(at)] = { a: of(left), b: of(right) };
      }
      try {
        await into.add(pairs);
      } finally {
        tf.dispose(pairs);
      }
      return into;
    });
    const moments = await accumulator.finish();
    return cuts.map((_, at) => moments.get(String(at))!);
  } finally {
    accumulator.dispose();
  }
}

/** The second model with the units of a cut's group brought to what those of the first do there; the caller disposes parameters and state. */
function movedAt(network: Network, { params, state, constants }: Variables, { group }: Cut, moments: PairMoments): Variables {
  const { transform } = matchMoments(new Map([[group, moments]]), groupSizes(network.params), freeGroups(network.params));
  return { params: applyTransform(network.params, params, transform), state: applyTransform(network.state, state, transform), constants };
}

/** The mean of models with statistics that it shows on data; the caller disposes parameters and state. */
function withOwnStatistics(network: Network, models: readonly Variables[], split: Split, graph: Graph | undefined): Variables {
  const mean = (of: (model: Variables) => Tensors): Tensors =>
    models.every((model) => Object.keys(of(model)).length === 0) ? {} : meanOf(models.map(of));
  const middle = { params: mean(({ params }) => params), state: mean(({ state }) => state), constants: models[0]!.constants };
  const { inputs } = examplesOf(network, split, graph);
  const own = recomputeStatistics(network, middle, inputs, { ...(graph && { graph }) });
  tf.dispose(middle.state);
  return own;
}
