import { countComponents, countSkipComponents, exploreComponents, exploreSkipComponents, sampleTask } from '@basinlab/connectivity';
import type { MeasurementRow, Reproduction } from '@basinlab/core';
import { childKey } from '@basinlab/core/random';
import { z } from 'zod';
import { axis, label, value } from '../shared/columns.js';
import { papers } from '../shared/papers.js';
import { minimaColumns, oneUnitMinima, weldColumns, weldedPath } from './one-unit-minima.js';

const count = z.number().int().positive();
const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  /** Depths and widths of the deep linear networks. */
  layers: z.array(count.min(2)).min(1),
  units: z.array(count).min(1),
  /** Minima sampled per component that is expected. */
  samples: count,
  /** Strength of the residual connection. */
  skip: z.number().refine((strength) => strength !== 0, 'a residual connection of strength other than 0'),
  /** Minima of the one-dimensional network in the figure. */
  shown: count,
});
type Settings = z.output<typeof settings>;

const columns = [
  label('network', 'deep linear or residual'),
  axis('layers', 'layers'),
  axis('units', 'units of each'),
  label('permutations', 'whether units may be permuted on the way'),
  value('found', 'components counted by walking'),
  value('expected', 'components that theory counts'),
  value('largestLoss', 'largest loss on a path / ||Y||²'),
];

/** A network whose minima are walked. */
interface Case {
  readonly network: 'deep linear' | 'residual';
  readonly depth: number;
  readonly width: number;
  readonly permute: boolean;
}

const casesOf = ({ layers, units }: Settings): Case[] => [
  ...layers.flatMap((depth) =>
    units.flatMap((width) => [false, true].map((permute) => ({ network: 'deep linear' as const, depth, width, permute }))),
  ),
  ...units.map((width) => ({ network: 'residual' as const, depth: 3, width, permute: false })),
];
const samplesOf = ({ samples }: Settings, { depth }: Case): number => samples * 2 ** (depth - 1);

function expectedOf({ network, depth, width, permute }: Case, skip: number): number {
  if (network === 'residual') return countSkipComponents(width, skip);
  return permute && width > 1 ? 1 : countComponents(depth);
}

/** Figure 1 and corollary 4.2 of paper B, and what follows beyond one dimension. */
export const componentsFigure: Reproduction<Settings> = {
  id: 'connectivity-components',
  title: 'Components of the minima of deep linear networks',
  paper: papers.B,
  where: 'figure 1, corollary 4.2',
  summary: 'components of the minima of deep linear networks: 2^(l-1); with a residual connection 3 for one unit, 2 for more',
  cost: 'on 2 cores: smoke 5 s, small 15 s, paper a minute (estimated)',
  settings,
  scale(scale): Settings {
    const shared = { seed: 1, layers: [2, 3, 4, 5], units: [1, 2, 3, 4], skip: 1, shown: 400 };
    if (scale === 'paper') return { ...shared, samples: 32, shown: 2000 };
    return scale === 'small' ? { ...shared, samples: 8 } : { ...shared, layers: [2, 3], units: [1, 2], samples: 6, shown: 60 };
  },
  async *compute(chosen, { key, signal, progress }) {
    const { skip, shown } = chosen;
    const cases = casesOf(chosen);
    const total = cases.reduce((sum, one) => sum + samplesOf(chosen, one), 0);
    const rows: MeasurementRow[] = [];
    let before = 0;
    for (const one of cases) {
      const { network, depth, width, permute } = one;
      const task = sampleTask(width, childKey(key, `task.${width}`));
      const walk = childKey(key, `minima.${depth}.${width}`);
      const from = before;
      const options = {
        ...{ samples: samplesOf(chosen, one), signal },
        progress: (done: number) => progress(`${network}, ${depth} layers of ${width}`, from + done, total),
      };
      const { components, largestLoss } = await (network === 'residual'
        ? exploreSkipComponents(task, skip, walk, options)
        : exploreComponents(task, walk, { ...options, layers: depth, permute }));
      before += options.samples;
      const found = { found: components.length, expected: expectedOf(one, skip), largestLoss };
      rows.push({ network, layers: depth, units: width, permutations: permute ? 'allowed' : 'no', ...found });
    }
    yield { table: 'components', columns, rows };
    yield { table: 'minima', columns: minimaColumns, rows: await oneUnitMinima(skip, shown, childKey(key, 'one unit'), signal) };
    yield { table: 'path', columns: weldColumns, rows: weldedPath(skip) };
  },
  work: (chosen) => casesOf(chosen).reduce((sum, one) => sum + samplesOf(chosen, one) * one.depth, 0),
  summarize: ({ components }) =>
    components!.rows.map(({ network, layers, units, permutations, found, expected, largestLoss }) => ({
      ...{ quantity: 'components', network: network!, layers: layers!, units: units!, permutations: permutations! },
      ...{ expected: expected!, largestLoss: largestLoss!, mean: Number(found), standardError: null },
      // The paper has no count for residual networks of more than one unit.
      paper: network === 'residual' && Number(units) > 1 ? null : Number(expected),
    })),
  claims: [
    {
      statement:
        'the minima of l linear layers have 2^(l-1) components, those with a residual connection 3 for one unit; permutations join all but those of one unit',
      paper: '2^(l-1); 3; 1',
      rule: 'the count found by walking along paths of constant loss (below 1e-12 ||Y||², which leaves room for rounding) is that of theory in every case',
      check({ rows }) {
        const agree = rows.filter((row) => row.mean === row['expected'] && Number(row['largestLoss']) < 1e-12);
        return { ours: `${agree.length} of ${rows.length} cases`, holds: agree.length === rows.length };
      },
    },
  ],
  figures: [
    {
      ...{ table: 'minima', kind: 'scatter', title: 'Minima of the one-dimensional network', x: 'W1', y: 'W3', series: 'component' },
      facet: ['network'],
      caption:
        'Each dot is a minimum, colours are components. W2 follows from W1 and W3. With a residual connection the two components with W3 above 0 meet on the line W1 = 0, W3 = Y / (ε X).',
    },
    {
      ...{ table: 'path', kind: 'lines', title: 'A path of zero loss that changes the sign of W1', x: 't', y: 'value', series: 'quantity' },
      caption: 'Weights and loss along the path that joins the two components.',
    },
  ],
  lead: () => [
    'Minima of ||Y - W_l ... W_1 X||² are sampled and joined by curves of constant loss, which the symmetry of the network induces. What cannot be joined lies in another component.',
  ],
};
