import { certifyChord, createLandscape, pointOf, scalingCurve, scalingExponents } from '@basinlab/connectivity';
import type { Curve } from '@basinlab/connectivity';
import { groupPlaces, type Network, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { stopIfInterrupted } from '@basinlab/experiments';
import type { FigurePoint } from '../connectivity/points.js';
import type { MeasureContext } from './context.js';
import type { RescaledRow } from './results.js';

/** The symmetry-induced curve to a model whose hidden units are rescaled by log-normal factors. Equal seeds give equal directions at every strength. */
export async function rescalingCurve(network: Network, model: Variables, strength: number, seed: number): Promise<Curve> {
  const sizes = new Map([...groupPlaces(network.params)].map(({ group, size }) => [group, size]));
  const scaling = Object.fromEntries(
    [...sizes].map(([group, size]) => [
      group,
      Float64Array.from(normal(childKey(keyFromSeed(seed), `rescaling.${group}`), size), (value) => Math.exp(strength * value)),
    ]),
  );
  return scalingCurve(await pointOf(model.params), scalingExponents(network.params, scaling));
}

/** Loss along the curve to the rescaled self and along its chord, and what theorem 6.2 promises for the latter. */
export async function measureRescaled(
  label: string,
  network: Network,
  model: Variables,
  { config, data, signal, step }: MeasureContext,
): Promise<{ rows: RescaledRow[]; points: FigurePoint[] }> {
  const { points: count, gradientPoints, intervals } = config.measure;
  const landscape = createLandscape(network, model, data.test);
  const rows: RescaledRow[] = [];
  const points: FigurePoint[] = [];
  try {
    for (const strength of config.strengths) {
      stopIfInterrupted(signal);
      const curve = await rescalingCurve(network, model, strength, config.seed);
      const found = await certifyChord(landscape, curve, { points: count, intervals, lipschitz: { points: gradientPoints } });
      const { applies, hypotheses, barrier, lossChange, maximalCurvature, length, chord, lipschitz } = found;
      rows.push({
        quantity: 'barrier to the rescaled self',
        network: label,
        strength,
        mean: barrier,
        standardError: null,
        paper: null,
        lossChange,
        curvature: maximalCurvature,
        length,
        chord,
        lipschitz,
        applies,
        violated: applies
          ? null
          : hypotheses
              .filter(({ holds }) => !holds)
              .map(({ name }) => name)
              .join('; '),
        sagitta: applies ? found.distance : null,
        epsilon: applies ? found.epsilon : null,
      });
      for (const [series, path] of [
        ['symmetry-induced curve', found.curve],
        ['straight line', found.straight],
      ] as const) {
        path.times.forEach((t, i) =>
          points.push({ figure: `rescaled ${label}`, panel: `strength ${strength}`, series, x: t, y: path.loss[i]! }),
        );
      }
      step('rescaled selves');
    }
  } finally {
    landscape.dispose();
  }
  return { rows, points };
}
