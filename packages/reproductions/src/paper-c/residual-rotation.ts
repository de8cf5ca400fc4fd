import type { Reproduction, ResultTables } from '@basinlab/core';
import { papers } from '../shared/papers.js';
import { aggregate } from '../shared/aggregate.js';
import {
  by,
  forEachNetwork,
  forms,
  learned,
  transformerPopulations,
  transformerScale,
  transformerSchema,
  type TransformerSettings,
} from './transformers.js';

const table = 'rotation-angles';

/** Mean angles of a network's pairs under an alignment, smallest first. */
function anglesOf(tables: ResultTables, network: string, alignment: string): number[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const row of tables[table]!.rows) {
    const { share, angle } = row;
    if (row['network'] !== network || row['alignment'] !== alignment || typeof share !== 'number' || typeof angle !== 'number') continue;
    const known = sums.get(share) ?? { sum: 0, count: 0 };
    sums.set(share, { sum: known.sum + angle, count: known.count + 1 });
  }
  return [...sums].sort(([a], [b]) => a - b).map(([, { sum, count }]) => sum / count);
}

/** Angles of the rotations of the residual stream (arXiv 2506.22712, figure 5). */
export const residualRotation: Reproduction<TransformerSettings> = {
  id: 'residual-rotation',
  title: 'Rotations of the residual stream',
  where: 'figure 5',
  paper: papers.C,
  summary: 'eigen-angles of the rotations that weight matching and learned matching find for the residual stream',
  cost: 'on 2 cores: smoke < 1 min, small 4 min; paper days on a GPU (estimated)',
  settings: transformerSchema,
  scale: transformerScale,
  populations: (own, scale) => transformerPopulations(own, scale),
  measurements: (own) =>
    Object.entries(forms).map(([network, form]) => ({
      ...{ measurements: [{ id: 'rotation-angles', options: { groups: ['residual'] } }], form, samples: own.samples },
      alignments: [{ id: 'circuit-matching', name: 'weight matching' }, learned('learned', own)],
      on: (labels) => labels['network'] === network,
    })),
  summarize: ({ [table]: angles }) => aggregate(angles!.rows, { quantity: 'distance to the identity', value: 'distance', by }),
  across: 'alignment',
  claims: [
    {
      statement: 'the rotation that weight matching finds is far from the identity: its angles spread over the circle',
      paper: 'spread over [0, 2 pi]',
      rule: 'for both networks: at least a fifth of the mean angles below pi/3, a fifth between that and 2 pi/3, and a fifth above',
      check: ({ tables }) =>
        forEachNetwork(
          (network) => {
            const angles = anglesOf(tables, network, 'weight matching');
            // Thirds of [0, pi]; NaN where there is none.
            return [0, 1, 2].map(
              (third) => angles.filter((angle) => Math.min(2, Math.floor((3 * angle) / Math.PI)) === third).length / angles.length,
            );
          },
          (shares) => shares.every((share) => share >= 0.2),
        ),
    },
    {
      statement: 'learned matching hardly turns it further',
      paper: 'angles between both near 0',
      rule: 'for both networks: mean angles of weight matching and of learned matching, smallest first, differ by less than 0.2 rad on average',
      check: ({ tables }) =>
        forEachNetwork(
          (network) => {
            const [before, after] = ['weight matching', 'learned'].map((alignment) => anglesOf(tables, network, alignment));
            return [before!.reduce((sum, angle, at) => sum + Math.abs(angle - after![at]!), 0) / before!.length];
          },
          ([difference]) => difference! < 0.2,
        ),
    },
  ],
  figures: [
    {
      ...{
        table,
        kind: 'lines',
        title: 'Angles of the rotations',
        x: 'share',
        y: 'angle',
        series: 'alignment',
        facet: ['data', 'network'],
      },
      caption:
        'Angles of the eigenvalues, smallest first; mean over pairs with one standard error. A random rotation gives a straight line from 0 to pi.',
    },
  ],
};
