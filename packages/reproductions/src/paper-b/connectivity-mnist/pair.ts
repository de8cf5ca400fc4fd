import { bezierCurve, connectModels, measureCurve, pointDistance, pointOf } from '@basinlab/connectivity';
import type { CurveShape } from '@basinlab/connectivity';
import { evenly, type Network, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { strategyFor } from '@basinlab/core/training';
import { accuracyBarrier, createConnectivityEvaluator, lossBarrier, type PointLosses } from '@basinlab/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { standardVariables, stopIfInterrupted } from '@basinlab/experiments';
import type { FigurePoint } from '../connectivity/points.js';
import type { MeasureContext } from './context.js';
import { evaluateCurve, learnCurve } from './learned.js';
import type { PathRow } from './results.js';

/** Samples on which it is checked that rescaling does not change a network's function. */
const probeRows = 64;

/** All paths between two networks trained apart: straight lines before and after their symmetries are used, and learned curves. */
export async function measurePair(
  label: string,
  network: Network,
  [first, second]: readonly [Variables, Variables],
  context: MeasureContext,
): Promise<{ rows: PathRow[]; points: FigurePoint[] }> {
  const { config, data, engine, signal, step } = context;
  const times = evenly(config.measure.points);
  const rows: PathRow[] = [];
  const points: FigurePoint[] = [];
  const keep = (
    path: PathRow['path'],
    distance: number,
    { loss, accuracy }: PointLosses,
    shape: Pick<PathRow, 'length' | 'curvature'> = { length: distance, curvature: 0 },
  ): void => {
    rows.push({
      quantity: 'loss barrier between two networks',
      network: label,
      path,
      mean: lossBarrier(loss),
      standardError: null,
      paper: null,
      accuracyBarrier: accuracyBarrier(accuracy),
      distance,
      ...shape,
    });
    times.forEach((t, i) => points.push({ figure: 'pairs', panel: label, series: path, x: t, y: loss[i]! }));
    step(path);
  };
  const [a, b] = [standardVariables(network, first), standardVariables(network, second)];
  const probe = { inputs: tf.slice(data.test.inputs, 0, Math.min(probeRows, data.test.inputs.shape[0]!)) };
  const evaluator = createConnectivityEvaluator(network.standard, {
    steps: config.measure.points - 1,
    strategy: strategyFor(engine.platform),
  });
  try {
    const key = childKey(keyFromSeed(config.seed), 'weight-matching');
    const connection = await connectModels(network.standard, a, b, { key, probe, restarts: config.measure.restarts, signal });
    const { before, permuted, scaled } = connection.distances;
    keep('straight line', before, await evaluator.path(a, b, data.test));
    keep('straight line, permuted', permuted, await evaluator.path(a, connection.permuted, data.test));
    keep('straight line, permuted and rescaled', scaled, await evaluator.path(a, connection.scaled, data.test));
    for (const { params, state } of [connection.permuted, connection.scaled]) tf.dispose([params, state]);
    for (const [path, shape] of [
      ['Bezier curve', 'bezier'],
      ['polygonal chain', 'chain'],
    ] as const) {
      stopIfInterrupted(signal);
      // Between the networks as they were trained: a W network's fixed weights stay fixed.
      const learned = await learnCurve(network, [first, second], shape, `${path}, ${label}`, context);
      const found = await evaluateCurve(learned, times, context);
      const measured = { loss: found.map(({ loss }) => loss), accuracy: found.map(({ accuracy }) => 100 * accuracy) };
      keep(path, before, measured, await shapeOf(shape, [first, second], learned.variables, config.measure.intervals));
      learned.dispose();
    }
  } finally {
    evaluator.dispose();
    tf.dispose([a, b, probe] as unknown as tf.TensorContainer);
  }
  return { rows, points };
}

/** Length and largest curvature of a learned path in the parameters that are trained. */
async function shapeOf(
  shape: CurveShape,
  ends: readonly [Variables, Variables],
  { params }: Variables,
  intervals: number,
): Promise<Pick<PathRow, 'length' | 'curvature'>> {
  const [start, end, bend] = await Promise.all([ends[0].params, ends[1].params, params].map(pointOf));
  if (shape === 'chain') return { length: pointDistance(start!, bend!) + pointDistance(bend!, end!), curvature: null };
  const { length, maximalCurvature } = measureCurve(bezierCurve(start!, bend!, end!), intervals);
  return { length, curvature: maximalCurvature };
}
