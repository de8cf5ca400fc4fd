import { demand, type MeasurementRow, type Site } from '@basinlab/core';
import { defineMeasurement, foldActivations } from '@basinlab/core/measurement';
import { childKey } from '@basinlab/core/random';
import { z } from 'zod';
import { groupNests } from '../transform/axis-spec.js';
import { createActivationMatcher, type ActivationMatching } from './match-activations.js';
import { matchingObjectives } from './objectives.js';
import { similarities } from './similarity.js';
import { columnsOf } from './strategy.js';

const number = { role: 'value', type: 'number' } as const;
const sites = ['post-linear', 'post-norm', 'post-activation'] as const satisfies readonly Site[];
const options = z.strictObject({
  site: z.enum(sites).default('post-activation').describe('where activations are compared'),
  similarity: z.enum(similarities).default('pearson-zero-for-constant').describe('of two units'),
  random: z.number().int().positive().default(100).describe('random permutations'),
});

/** Mean similarity of the units of two models under the best permutation, as they are, and under random ones; see {@link matchingObjectives}. */
export const matchingObjective = defineMeasurement({
  id: 'matching-objective',
  summary: 'Similarity of the units of two models: matched at best, as they are, and by chance',
  of: 'pair',
  options,
  needs: ({ site }) => ({ weights: 'standard' as const, activations: { sites: [site] } }),
  columns: [
    { name: 'group', summary: 'symmetry group whose units are compared; empty for the mean over groups', role: 'axis', type: 'text' },
    { name: 'matching', summary: 'optimal, identity or random', role: 'axis', type: 'text' },
    { name: 'objective', summary: 'mean similarity of the units so paired', ...number },
    { name: 'deviation', summary: 'deviation over random permutations', ...number, range: [0, Infinity] },
    { name: 'share', summary: 'where identity is between random (0) and optimal (1)', ...number },
  ],
  plots: [
    { kind: 'lines', title: 'Matching objective over training', x: 'epoch', y: 'objective', series: 'matching', where: { group: null } },
    { kind: 'bars', title: 'Matching objective', x: 'group', y: 'objective', series: 'matching' },
  ],
  async measure({ a, b }, { site, similarity, random: count }, { network, activations, key, signal }) {
    const matcher = createActivationMatcher({ specs: network.params, site, similarity, permutationsOnly: true, signal });
    const nests = groupNests(network.params);
    let groups: ActivationMatching['groups'];
    try {
      await foldActivations(activations, matcher, async (into, batch) => {
        await into.add(columnsOf(batch, a.name), columnsOf(batch, b.name));
        return into;
      });
      ({ groups } = await matcher.match());
    } finally {
      matcher.dispose();
    }
    const found = [...groups].map(([group, matrix]) => {
      const { optimal, identity, random } = matchingObjectives(matrix.similarity, {
        key: childKey(key, group),
        count,
        nest: nests.get(group),
      });
      return { group, optimal, identity, random: random.mean, deviation: random.deviation };
    });
    demand(found.length > 0, 'matching-objective', 'a network with a symmetry group', 'none');
    const mean = (name: 'optimal' | 'identity' | 'random'): number => found.reduce((sum, each) => sum + each[name] / found.length, 0);
    const rowsOf = (group: string | null, { optimal, identity, random, deviation }: Objectives): MeasurementRow[] => [
      { group, matching: 'optimal', objective: optimal },
      { group, matching: 'identity', objective: identity, share: (identity - random) / (optimal - random) },
      { group, matching: 'random', objective: random, deviation },
    ];
    const overall: Objectives = { optimal: mean('optimal'), identity: mean('identity'), random: mean('random'), deviation: null };
    return [...rowsOf(null, overall), ...found.flatMap(({ group, ...objectives }) => rowsOf(group, objectives))];
  },
});

interface Objectives {
  readonly optimal: number;
  readonly identity: number;
  readonly random: number;
  readonly deviation: number | null;
}
