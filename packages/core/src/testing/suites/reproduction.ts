import * as tf from '@tensorflow/tfjs-core';
import { from } from 'rxjs';
import type {
  ComputedTable,
  PopulationRequest,
  Reproduction,
  ResultTable,
  ResultTables,
  Scale,
  SummaryRow,
} from '../../contracts/index.js';
import { drain } from '../../pipeline/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, identityChecks, optionChecks } from './check.js';
import type { Check, Contract } from './check.js';
import { runnerColumns } from './measurement.js';
import { sampleKey } from './sample.js';

/** Settings and tables that a reproduction is tested with; without one, only what it declares is looked at. */
export interface ReproductionExample<S> {
  readonly name: string;
  /** In place of those of the scale `smoke`. */
  readonly settings?: Partial<S>;
  /** What its measurements would find, by table, with `models` and `training` where it reads them. Those of `compute` are made. */
  readonly tables?: ResultTables;
  /** Looks at the numbers: throws where they are wrong. */
  readonly expect?: (rows: readonly SummaryRow[]) => void;
  /** Whether each claim holds for them, in order. */
  readonly holds?: readonly (boolean | null)[];
}

const scales: readonly Scale[] = ['smoke', 'small', 'paper'];

/**
 * What every reproduction must do: settings at every scale, populations that their labels tell apart, plans and figures of tables that there are, numbers
 * and verdicts that follow from the tables alone, and a computation that is the same for the same key and stops when told.
 */
export function reproductionContract<S>(reproduction: Reproduction<S>, examples: readonly ReproductionExample<S>[] = []): Contract {
  const { paper, claims } = reproduction;
  const settingsAt = (scale: Scale): S => reproduction.settings.parse(reproduction.scale(scale));
  return contractOf(`reproduction ${reproduction.id}`, [
    ...identityChecks(reproduction),
    {
      name: 'title, paper, place and cost are said',
      run() {
        const { title, where, cost } = reproduction;
        for (const [what, text] of Object.entries({ title, where, cost, paper: paper.id, 'title of the paper': paper.title }))
          assert.ok(text.trim() !== '', `${what} must not be empty`);
        assert.match(paper.url, /^https?:\/\/\S+$/, 'the paper has an address');
      },
    },
    ...scales.flatMap((scale) =>
      optionChecks(reproduction.settings, reproduction.scale(scale)).map(({ name, run }) => ({ name: `${scale}: ${name}`, run })),
    ),
    {
      name: 'has populations with measurements, or a computation',
      run() {
        const settings = settingsAt('smoke');
        const populations = reproduction.populations?.(settings, 'smoke') ?? [];
        const plans = reproduction.measurements?.(settings) ?? [];
        assert.ok(populations.length > 0 || reproduction.compute !== undefined, 'there is nothing to make');
        assert.equal(plans.length > 0, populations.length > 0, 'populations are there to be measured, and measurements need some');
      },
    },
    {
      name: 'populations come from a preset or from settings, with the same labels of other values',
      run() {
        for (const scale of scales) assertPopulations(reproduction.populations?.(settingsAt(scale), scale) ?? []);
      },
    },
    {
      name: 'every plan measures some population, into a table of its own',
      run: () => scales.forEach((scale) => assertPlans(reproduction, settingsAt(scale), scale)),
    },
    {
      name: 'more work at a larger scale',
      run() {
        const work = scales.flatMap((scale) => reproduction.work?.(settingsAt(scale)) ?? []);
        assert.ok(
          work.every((amount, at) => Number.isFinite(amount) && amount > 0 && amount >= (work[at - 1] ?? 0)),
          `work must grow, got ${work.join(', ')}`,
        );
      },
    },
    {
      name: 'claims have a statement, what the paper says and a rule',
      run() {
        for (const { statement, paper: theirs, rule } of claims)
          assert.ok(
            [statement, theirs, rule].every((text) => text.trim() !== ''),
            `claim "${statement}"`,
          );
      },
    },
    ...examples.flatMap((example) =>
      exampleChecks(reproduction, example).map(({ name, run }) => ({ name: `${example.name}: ${name}`, run })),
    ),
  ]);
}

function assertPopulations(populations: readonly PopulationRequest[]): void {
  const labels = populations.map((population) => population.labels);
  for (const [at, { preset, experiment }] of populations.entries()) {
    const about = JSON.stringify(labels[at]);
    assert.equal((preset === undefined) !== (experiment === undefined), true, `${about}: a preset or an experiment`);
    assert.deepEqual(Object.keys(labels[at]!).sort(), Object.keys(labels[0]!).sort(), `labels of ${about}`);
  }
  const texts = labels.map((label) => JSON.stringify(label));
  assert.deepEqual(texts, [...new Set(texts)], 'labels must tell populations apart');
}

function assertPlans<S>(reproduction: Reproduction<S>, settings: S, scale: Scale): void {
  const plans = reproduction.measurements?.(settings) ?? [];
  const labels = (reproduction.populations?.(settings, scale) ?? []).map((population) => population.labels);
  const tables: string[] = [];
  for (const { measurements, on, onto } of plans) {
    const names = measurements.map(({ id, table }) => table ?? id);
    assert.ok(names.length > 0, 'a plan must have a measurement');
    assert.deepEqual(names, [...new Set(names)], 'tables of one plan');
    assert.ok(on === undefined || labels.some(on), `no population is measured for ${names.join(', ')}`);
    assert.ok(onto === undefined || labels.some(onto), `there is no population that others are brought to for ${names.join(', ')}`);
    tables.push(...names);
  }
  if (reproduction.compute !== undefined || reproduction.derive !== undefined) return;
  const known = [...tables, 'models', 'training'];
  for (const { table, title } of reproduction.figures) assert.ok(known.includes(table), `figure "${title}": there is no table ${table}`);
}

function exampleChecks<S>(reproduction: Reproduction<S>, example: ReproductionExample<S>): Check[] {
  const settingsOf = (): S => reproduction.settings.parse({ ...(reproduction.scale('smoke') as object), ...example.settings });
  const compute = async (signal = new AbortController().signal): Promise<Record<string, ResultTable>> => {
    const tables: Record<string, ResultTable> = {};
    if (reproduction.compute === undefined) return tables;
    const engine = { id: 'test', backend: tf.getBackend(), platform: 'cpu', details: {} };
    const computed = reproduction.compute(settingsOf(), { key: sampleKey('compute'), engine, signal, progress: () => undefined });
    const onEvent = ({ table, columns, rows }: ComputedTable): void => {
      assert.ok(!(table in tables), `table ${table} must come whole, got it twice`);
      tables[table] = { columns, rows };
    };
    // Not told to `drain`, which would end any computation: it must mind the signal itself.
    await drain(from(computed), { onEvent });
    return tables;
  };
  const find = async () => {
    const found = { ...example.tables, ...(await compute()) };
    const settings = settingsOf();
    const tables = { ...found, ...reproduction.derive?.(found, settings) };
    return { settings, tables, rows: reproduction.summarize(tables, settings) };
  };
  // A computation may take long: what follows from its tables is looked at without another.
  let found: ReturnType<typeof find> | undefined;
  const read = () => (found ??= find());
  const own: Check[] =
    reproduction.compute === undefined
      ? []
      : [
          {
            name: 'the computation yields rows of its columns, the same again, and leaves no tensor',
            run: () =>
              assertNoLeak(async () => {
                const tables = await compute();
                assert.ok(Object.keys(tables).length > 0, 'there must be a table');
                for (const [name, table] of Object.entries(tables)) assertRows(name, table);
                assert.deepEqual(await compute(), tables);
              }),
          },
          {
            name: 'the computation does not finish when it is told to stop',
            run: () => assert.rejects(compute(AbortSignal.abort(new Error('stop')))),
          },
        ];
  return [
    ...own,
    {
      name: 'numbers are finite, one for each quantity and its labels, and the same again',
      async run() {
        const { settings, tables, rows } = await read();
        assert.ok(rows.length > 0, 'there must be a number');
        for (const row of rows) {
          const about = JSON.stringify(row);
          assert.ok(typeof row.quantity === 'string' && row.quantity !== '', `quantity of ${about}`);
          assert.ok(Number.isFinite(row.mean), `mean of ${about}`);
          assert.ok(row.standardError === null || row.standardError >= 0, `standard error of ${about}`);
          assert.ok(row.paper === null || Number.isFinite(row.paper), `paper of ${about}`);
        }
        const labels = rows.map(({ mean: _, standardError: __, paper: ___, ...rest }) => JSON.stringify(rest));
        assert.deepEqual(labels, [...new Set(labels)], 'two rows say the same with other numbers');
        assert.deepEqual(reproduction.summarize(tables, settings), rows);
        example.expect?.(rows);
      },
    },
    {
      name: 'every claim says what we found, and whether it holds',
      async run() {
        const { settings, rows, tables } = await read();
        const answers = reproduction.claims.map((claim) => claim.check({ rows, tables }, settings));
        for (const { ours, holds } of answers) {
          assert.ok(ours.trim() !== '', 'ours must not be empty');
          assert.ok(holds === null || typeof holds === 'boolean', `holds must be true, false or null, got ${String(holds)}`);
        }
        if (example.holds !== undefined)
          assert.deepEqual(
            answers.map(({ holds }) => holds),
            [...example.holds],
          );
        for (const sentence of reproduction.lead?.(rows, settings) ?? []) assert.ok(sentence.trim() !== '', 'a sentence is empty');
      },
    },
    {
      name: 'figures show columns of tables that there are',
      async run() {
        const { tables } = await read();
        for (const figure of reproduction.figures) assertFigure(figure, tables);
      },
    },
  ];
}

function assertFigure(figure: Reproduction['figures'][number], tables: ResultTables): void {
  const table = tables[figure.table];
  assert.ok(table !== undefined, `figure "${figure.title}": there is no table ${figure.table}, only ${Object.keys(tables).join(', ')}`);
  const known = new Set<string>([...table.columns.map(({ name }) => name), ...table.rows.flatMap(Object.keys), ...runnerColumns]);
  const { where = {}, facet = [] } = figure;
  const shown = (['x', 'y', 'value', 'series'] as const).flatMap((part) =>
    part in figure ? [String(figure[part as keyof typeof figure])] : [],
  );
  for (const name of [...shown, ...Object.keys(where), ...facet])
    assert.ok(known.has(name), `figure "${figure.title}": ${figure.table} has no column ${name}`);
}

function assertRows(table: string, { columns, rows }: ResultTable): void {
  const names = columns.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)], `columns of ${table}`);
  assert.ok(rows.length > 0, `${table} must have a row`);
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      assert.ok(types.has(name), `${table}: a row has ${name}, which is no column`);
      const fits = value === null || (types.get(name) === 'number' ? typeof value === 'number' : typeof value !== 'number');
      assert.ok(fits, `${table}: ${name} must be ${types.get(name)}, got ${String(value)}`);
    }
  }
}
