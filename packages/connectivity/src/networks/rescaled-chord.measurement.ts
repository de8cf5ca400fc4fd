import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { certifyChord, type ChordCertificate } from './certify-chord.js';
import { createLandscape } from './landscape.js';
import { probeOf } from './probe.js';
import { randomScalingCurve } from './random-scaling.js';
import { demandScalingSymmetry } from './scaling-symmetry.js';

const value = { role: 'value', type: 'number', range: [0, Infinity] } as const;
const count = z.number().int();

/** {@link certifyChord} between a model and itself with hidden units rescaled: a row for every point of curve and chord, and one for each strength. */
export const rescaledChord = defineMeasurement({
  id: 'rescaled-chord',
  summary: 'Loss on the straight line between a model and its rescaled self, and the bound on it by the curvature of the symmetry',
  of: 'model',
  needs: { weights: 'standard', examples: true },
  options: z.strictObject({
    strengths: z
      .array(z.number().positive())
      .min(1)
      .default([0.1, 1])
      .describe('deviations of the logarithms of the factors that units are rescaled by'),
    points: count.min(3).default(11).describe('points on curve and line, both ends included'),
    intervals: count.positive().default(16).describe('steps in which curvature and length are measured'),
    gradientPoints: count.min(2).default(5).describe('times at which gradients are taken between line and curve'),
  }),
  columns: [
    { name: 'strength', summary: 'deviation of the logarithms of the factors', role: 'axis', type: 'number' },
    { name: 'path', summary: 'symmetry-induced curve or straight line; empty in rows of a whole strength', role: 'axis', type: 'text' },
    { name: 't', summary: 'place on the path', role: 'axis', type: 'number', range: [0, 1] },
    { ...value, name: 'loss', summary: 'mean loss at the point', unit: 'nats', better: 'lower' },
    { ...value, name: 'accuracy', summary: 'accuracy at the point', unit: '%', range: [0, 100], better: 'higher' },
    { ...value, name: 'barrier', summary: 'largest change of the loss on the straight line', unit: 'nats', better: 'lower' },
    { ...value, name: 'certified', summary: 'bound on it; empty where theorem 6.2 of arXiv 2505.23681 does not apply', unit: 'nats' },
    { ...value, name: 'lossChange', summary: 'largest change of the loss on the curve', unit: 'nats' },
    { ...value, name: 'chord', summary: 'distance of the ends' },
    { ...value, name: 'length', summary: 'length of the curve' },
    { ...value, name: 'curvature', summary: 'largest curvature of the curve' },
    { ...value, name: 'curvatureTimesChord', summary: 'curvature times distance, at most 2 where the theorem applies' },
    { ...value, name: 'gradient', summary: 'largest gradient norm between line and curve, which stands in for the Lipschitz constant' },
    { ...value, name: 'lineToCurve', summary: 'bound on the distance of the line from the curve; empty as above' },
    { name: 'violated', summary: 'hypotheses of the theorem that do not hold; empty where all do', role: 'value', type: 'text' },
  ],
  plots: [
    { kind: 'lines', title: 'Loss to the rescaled self', x: 't', y: 'loss', series: 'path', facet: ['strength'], ownScales: true },
    { kind: 'lines', title: 'Barrier to the rescaled self', x: 'strength', y: 'barrier', where: { path: null } },
  ],
  async *measure({ variables }, { strengths, points, intervals, gradientPoints }, { network, examples, task, graph, key, signal }) {
    const probe = probeOf(network, examples, graph);
    const landscape = createLandscape(network, variables, examples, { task, graph });
    try {
      await demandScalingSymmetry(network, variables, probe);
      for (const strength of strengths) {
        signal.throwIfAborted();
        const curve = await randomScalingCurve(network, variables, key, strength);
        yield rowsOf(strength, await certifyChord(landscape, curve, { points, intervals, lipschitz: { points: gradientPoints } }));
      }
    } finally {
      landscape.dispose();
      tf.dispose(probe.inputs);
    }
  },
});

function rowsOf(strength: number, found: ChordCertificate): MeasurementRow[] {
  const { applies, hypotheses, barrier, lossChange, chord, length, maximalCurvature: curvature, lipschitz, distance, epsilon } = found;
  const violated = hypotheses.filter(({ holds }) => !holds).map(({ name }) => name);
  const whole: MeasurementRow = {
    ...{ strength, barrier, lossChange, chord, length, curvature, curvatureTimesChord: curvature * chord, gradient: lipschitz },
    certified: applies ? epsilon : null,
    lineToCurve: applies ? distance : null,
    violated: applies ? null : violated.join('; '),
  };
  const paths = { 'symmetry-induced curve': found.curve, 'straight line': found.straight };
  const rows = Object.entries(paths).flatMap(([path, { times, loss, accuracy }]) =>
    times.map((t, at): MeasurementRow => ({ strength, path, t, loss: loss[at]!, accuracy: 100 * accuracy[at]! })),
  );
  return [whole, ...rows];
}
