import {
  connectWithSkip,
  exploreSkipComponents,
  Matrix,
  skipLoss,
  skipMinimum,
  type LinearTask,
  type SkipChain,
} from '@basinlab/connectivity';
import { evenly, type Key, type MeasurementRow } from '@basinlab/core';
import { axis, label, value } from '../shared/columns.js';

// The figure of paper B's one-dimensional network: Y = W3 (W2 W1 + eps) X with X = Y = 1, where W2 follows from W1 and W3.

const task: LinearTask = { x: Matrix.eye(1), y: Matrix.eye(1) };

export const minimaColumns = [
  label('network', 'with or without a residual connection, and how many components were found'),
  label('component', 'connected component'),
  value('W1', 'weight of the first layer'),
  value('W3', 'weight of the last layer'),
];

/** Minima without and with the residual connection, by component. */
export async function oneUnitMinima(skip: number, samples: number, key: Key, signal: AbortSignal): Promise<MeasurementRow[]> {
  const rows: MeasurementRow[] = [];
  for (const strength of [0, skip]) {
    const { components } = await exploreSkipComponents(task, strength, key, { samples, points: 2, signal });
    const network = `${strength === 0 ? 'without a residual connection' : `with one of strength ${strength}`}: ${components.length} components`;
    for (const [at, { members }] of components.entries())
      for (const [w1, , w3] of members) rows.push({ network, component: `component ${at + 1}`, W1: w1.get(0, 0), W3: w3.get(0, 0) });
  }
  return rows;
}

export const weldColumns = [axis('t', 'place on the path'), label('quantity', 'weight or loss'), value('value', 'its value')];

/** The way between the two components that the residual connection joins: through W1 = 0. */
export function weldedPath(skip: number): MeasurementRow[] {
  const end = (w1: number): SkipChain => skipMinimum(task, skip, new Matrix([[w1]]), new Matrix([[2 / skip]]));
  const way = connectWithSkip(task, skip, end(1.5), end(-1));
  if (!way.connected) return [];
  return evenly(201).flatMap((t) => {
    const point = way.at(t);
    const [W1, W2, W3] = point.map((weight) => weight.get(0, 0));
    return Object.entries({ W1, W2, W3, loss: skipLoss(task, skip, point) }).map(([quantity, found]) => ({ t, quantity, value: found! }));
  });
}
