import { z } from 'zod';
import type { Reproduction, ResultTables } from '../../../contracts/index.js';
import { uniform } from '@basinlab/tensor/random';
import { reproductionContract } from '../reproduction.js';
import { brokenBy, type Collection } from './collection.fixture.js';

const settings = z.strictObject({ seed: z.number().int(), draws: z.number().int().positive() });
type Settings = z.output<typeof settings>;
type Tiny = Reproduction<Settings>;

const draws = { smoke: 4, small: 40, paper: 400 };
const declared = {
  title: 'Means of uniform numbers',
  paper: { id: 'example', title: 'An example', url: 'https://example.org' },
  where: 'nowhere',
  cost: 'seconds',
  settings,
  scale: (scale) => ({ seed: 1, draws: draws[scale] }),
} as const satisfies Partial<Tiny>;

/** A figure of its own computation. */
const computed: Tiny = {
  ...declared,
  id: 'tiny-computation',
  summary: 'uniform numbers and their mean',
  async *compute({ draws: count }, { key, signal }) {
    signal.throwIfAborted();
    yield {
      table: 'draws',
      columns: [
        { name: 'draw', summary: 'which one', role: 'axis', type: 'number' },
        { name: 'value', summary: 'what was drawn', role: 'value', type: 'number' },
      ],
      rows: Array.from(uniform(key, count), (value, draw) => ({ draw, value })),
    };
  },
  work: ({ draws: count }) => count,
  summarize: ({ draws: table }) => [{ quantity: 'mean', mean: meanOf(table!.rows), standardError: null, paper: 0.5 }],
  claims: [
    {
      statement: 'the mean is a half',
      paper: '0.5',
      rule: 'between 0 and 1',
      check: ({ rows: [row] }) => ({ ours: row!.mean.toFixed(2), holds: row!.mean > 0 && row!.mean < 1 }),
    },
  ],
  figures: [{ table: 'draws', kind: 'scatter', title: 'Draws', x: 'draw', y: 'value' }],
};

const meanOf = (rows: ResultTables[string]['rows']): number => rows.reduce((sum, { value }) => sum + Number(value) / rows.length, 0);

/** A figure of two populations. */
const measured: Tiny = {
  ...declared,
  id: 'tiny-figure',
  summary: 'accuracy of two networks',
  populations: () => ['standard', 'w'].map((breaking) => ({ labels: { breaking }, preset: `mnist-mlp-${breaking}` })),
  measurements: () => [{ measurements: [{ id: 'accuracy' }] }],
  summarize: ({ accuracy }) =>
    accuracy!.rows.map(({ breaking, value }) => ({
      ...{ quantity: 'accuracy', breaking: breaking ?? null, mean: Number(value), standardError: null, paper: null },
    })),
  claims: [{ statement: 'w is better', paper: 'better', rule: 'it is', check: () => ({ ours: 'not measured', holds: null }) }],
  figures: [{ table: 'accuracy', kind: 'bars', title: 'Accuracy', x: 'breaking', y: 'value' }],
};
const tables: ResultTables = {
  accuracy: {
    columns: [
      { name: 'breaking', summary: 'which', role: 'axis', type: 'text' },
      { name: 'value', summary: 'accuracy', role: 'value', type: 'number' },
    ],
    rows: [
      { breaking: 'standard', value: 90 },
      { breaking: 'w', value: 91 },
    ],
  },
};

const ofComputed = (change: Partial<Tiny>) => reproductionContract({ ...computed, ...change }, [{ name: 'smoke', holds: [true] }]);
const ofMeasured = (change: Partial<Tiny>) => reproductionContract({ ...measured, ...change }, [{ name: 'two', tables, holds: [null] }]);
const populations = 'populations come from a preset or from settings, with the same labels of other values';
const plans = 'every plan measures some population, into a table of its own';
const numbers = 'numbers are finite, one for each quantity and its labels, and the same again';
const computation = 'the computation yields rows of its columns, the same again, and leaves no tensor';

let calls = 0;

/** Figures of a computation, and of populations. */
export const reproductions: Collection = {
  family: 'reproduction',
  right: [ofComputed({}), ofMeasured({})],
  broken: [
    ...brokenBy<Tiny>(ofComputed, [
      ['no address of the paper', 'title, paper, place and cost are said', { paper: { ...declared.paper, url: 'in print' } }],
      [
        'a scale that lacks a setting',
        'paper: resolved options are JSON and parse to themselves',
        { scale: (scale) => (scale === 'paper' ? { seed: 1 } : declared.scale(scale)) },
      ],
      ['less work at a larger scale', 'more work at a larger scale', { work: ({ draws: count }) => 1 / count }],
      [
        'rows of a column that was not declared',
        computation,
        { compute: () => [{ table: 'draws', columns: [], rows: [{ value: 1 }] }] as never },
      ],
      [
        'another computation each time',
        computation,
        { compute: (chosen, context) => computed.compute!(chosen, { ...context, key: [calls++, 0] }) },
      ],
      [
        'a computation that cannot be stopped',
        'the computation does not finish when it is told to stop',
        { compute: (chosen, context) => computed.compute!(chosen, { ...context, signal: new AbortController().signal }) },
      ],
      ['a number that is NaN', numbers, { summarize: () => [{ quantity: 'mean', mean: NaN, standardError: null, paper: null }] }],
      [
        'two numbers of one name',
        numbers,
        { summarize: (found, chosen) => [...computed.summarize(found, chosen), ...computed.summarize(found, chosen)] },
      ],
      [
        'a claim that says nothing',
        'every claim says what we found, and whether it holds',
        { claims: [{ ...computed.claims[0]!, check: () => ({ ours: '', holds: true }) }] },
      ],
      [
        'a claim without a rule',
        'claims have a statement, what the paper says and a rule',
        { claims: [{ ...computed.claims[0]!, rule: '' }] },
      ],
      [
        'a figure of a column that is not there',
        'figures show columns of tables that there are',
        { figures: [{ table: 'draws', kind: 'scatter', title: 'Draws', x: 'draw', y: 'number' }] },
      ],
    ]),
    ...brokenBy<Tiny>(ofMeasured, [
      ['populations that nothing is measured on', 'has populations with measurements, or a computation', { measurements: () => [] }],
      [
        'labels that tell nothing apart',
        populations,
        { populations: () => [1, 2].map(() => ({ labels: { breaking: 'w' }, preset: 'mnist-mlp-w' })) },
      ],
      ['a population from nothing', populations, { populations: () => [{ labels: { breaking: 'w' } }] }],
      [
        'a plan for no population',
        plans,
        { measurements: () => [{ measurements: [{ id: 'accuracy' }], on: ({ breaking }) => breaking === 'syre' }] },
      ],
      [
        'a figure of a table that is not made',
        plans,
        { figures: [{ table: 'cka', kind: 'bars', title: 'CKA', x: 'breaking', y: 'value' }] },
      ],
    ]),
  ],
};
