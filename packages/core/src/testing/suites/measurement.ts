import * as tf from '@tensorflow/tfjs-core';
import { tap } from 'rxjs';
import { firstDifference, type Tolerance } from '@basinlab/tensor/testing';
import type { Measurement, MeasurementRow, Network, Split, Task, Variables } from '../../contracts/index.js';
import { needsOf, recordedSource, runMeasurements, type Subject, type SubjectModel } from '../../measurement/index.js';
import { drain } from '../../pipeline/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, forExample, identityChecks, optionChecks } from './check.js';
import type { Check, Contract } from './check.js';
import { sampleKey } from './sample.js';

/** Options and subjects that a measurement is tested with. */
export interface MeasurementExample {
  readonly options?: Readonly<Record<string, unknown>>;
  /** As trained; its standard form is derived. */
  readonly network: Network;
  /** Models of the network that share their constants: one for `model`, two for `pair`, as many as are wanted else. The suite disposes them. */
  readonly models: () => readonly Variables[];
  /** Labelled examples, at least four rows; the suite disposes them. */
  readonly examples: () => Split;
  /** Default `classification`. */
  readonly task?: Task;
  /** Looks at the rows: throws where they are wrong. */
  readonly expect?: (rows: readonly MeasurementRow[]) => void;
  /** The data have no answer (dead unit, one sample): NaN is allowed. Default false. */
  readonly degenerate?: boolean;
  /** How much the order of sums may show. Default rtol 1e-3, atol 1e-4. */
  readonly tolerance?: Tolerance;
}

/** Columns that runners put in front of a measurement's own. */
export const runnerColumns = ['run', 'model', 'pair', 'alignment', 'epoch', 'split', 'measurement'] as const;

/**
 * What every measurement must do: declare itself so that it can be listed and drawn, yield rows of its columns within their ranges, the same for the same
 * key and for any size of batches, go through the activations once, leave models and no tensors behind, and stop when told.
 */
export function measurementContract(measurement: Measurement, examples: readonly MeasurementExample[]): Contract {
  const { columns, plots = [], of } = measurement;
  const names = columns.map(({ name }) => name);
  // A trajectory tells epochs, models and pairs itself.
  const reserved = of === 'trajectory' ? ['run', 'alignment', 'split', 'measurement'] : runnerColumns;
  return contractOf(`measurement ${measurement.id}`, [
    ...identityChecks(measurement),
    ...optionChecks(measurement.options, {}),
    {
      name: 'columns have names of their own, and one is a value',
      run() {
        assert.deepEqual(names, [...new Set(names)]);
        assert.deepEqual(
          names.filter((name) => (reserved as readonly string[]).includes(name)),
          [],
          'runners add these columns',
        );
        assert.ok(columns.some(({ role }) => role === 'value'));
      },
    },
    {
      name: 'what it needs is told for the default options',
      run: () => assert.equal(typeof needsOf(measurement, measurement.options.parse({})), 'object'),
    },
    {
      name: 'plots show declared columns',
      run() {
        const known = new Set<string>([...names, ...runnerColumns]);
        for (const plot of plots) {
          const shown = (['x', 'y', 'value', 'series'] as const).flatMap((part) =>
            part in plot ? [plot[part as keyof typeof plot] as string] : [],
          );
          const { where = {}, facet = [] } = plot;
          for (const name of [...shown, ...Object.keys(where), ...facet]) assert.ok(known.has(name), `there is no column ${name}`);
        }
      },
    },
    ...examples.flatMap((example) => forExample({ options: example.options ?? {} }, exampleChecks(measurement, example))),
  ]);
}

/** What is watched, or done, while an example is measured. */
interface Pass {
  readonly signal?: AbortSignal;
  /** Gets the name of every model whose activations are asked for. */
  readonly taken?: string[];
  /** Called for every batch of activations with the number of those so far. */
  readonly onBatch?: (count: number) => void;
}

function exampleChecks(measurement: Measurement, example: MeasurementExample): Check[] {
  const { network, task = 'classification', tolerance = { rtol: 1e-3, atol: 1e-4, equalNaN: true } } = example;
  const parsed = measurement.options.safeParse(example.options ?? {});
  const readsActivations = parsed.success && needsOf(measurement, parsed.data).activations !== undefined;

  /** Rows of the example; `batch` rows of activations at a time. */
  const measure = async (batch: number, { signal, taken, onBatch }: Pass = {}): Promise<MeasurementRow[]> => {
    const options = measurement.options.parse(example.options ?? {});
    let batches = 0;
    const raw = example.models();
    const split = example.examples();
    const models = raw.map((variables, at): SubjectModel => ({
      name: String(at + 1),
      raw: variables,
      standard: standardOf(network, variables),
    }));
    const sources = recordedSource({ network: network.standard, examples: split, batch });
    const rows: MeasurementRow[] = [];
    try {
      const run = runMeasurements([{ measurement, options }], subjectsOf(measurement, models), {
        networks: { raw: network, standard: network.standard },
        examples: { examples: split, task, splits: { train: split } },
        sources: {
          of: (model, sites) => {
            taken?.push(model.name);
            return sources.of(model, sites).pipe(tap(() => onBatch?.(++batches)));
          },
        },
        key: sampleKey('measure'),
        execution: 'map',
      });
      await drain(run, { onEvent: (measured) => void rows.push(...measured.rows), ...(signal && { signal }) });
      return rows;
    } finally {
      sources.dispose();
      tf.dispose([raw, models, split] as unknown as tf.TensorContainer);
    }
  };
  return [
    {
      name: 'rows fit their columns, and are those expected',
      run: () =>
        assertNoLeak(async () => {
          const rows = await measure(1000);
          assert.ok(rows.length > 0, 'there must be at least one row');
          for (const { name, role, range } of measurement.columns) {
            for (const { [name]: value } of rows) {
              if (typeof value !== 'number' || role === 'axis') continue;
              if (Number.isNaN(value)) assert.ok(example.degenerate === true, `${name} is NaN`);
              else if (range !== undefined) {
                const slack = 1e-5 * Math.max(1, ...range.filter(Number.isFinite).map(Math.abs));
                assert.ok(
                  value >= range[0] - slack && value <= range[1] + slack,
                  `${name} must lie in [${range.join(', ')}], got ${value}`,
                );
              }
            }
          }
          example.expect?.(rows);
        }),
    },
    {
      name: 'the same again, and for other batches',
      run: async () => {
        const whole = await measure(1000);
        assertSame(await measure(1000), whole, { rtol: 0, atol: 0, equalNaN: true });
        assertSame(await measure(3), whole, tolerance);
      },
    },
    {
      name: 'goes through the activations of each model once at most',
      run: async () => {
        const taken: string[] = [];
        await measure(1000, { taken });
        assert.deepEqual(taken, [...new Set(taken)]);
      },
    },
    ...(!readsActivations
      ? []
      : [
          {
            name: 'stops in the middle of the activations when it is told to, and leaves no tensor',
            run: () =>
              assertNoLeak(async () => {
                const stop = new AbortController();
                const stopped = measure(1, {
                  signal: stop.signal,
                  onBatch: (count) => void (count === 2 && stop.abort(new Error('stop'))),
                });
                await assert.rejects(stopped);
              }),
          },
        ]),
  ];
}

function standardOf(network: Network, variables: Variables): Variables {
  return tf.tidy(() => network.toStandard(variables) as unknown as tf.TensorContainer) as unknown as Variables;
}

function subjectsOf({ of }: Measurement, models: readonly SubjectModel[]): Subject[] {
  switch (of) {
    case 'model':
      return models.map((model): Subject => ({ of, labels: { model: model.name }, model }));
    case 'pair':
      return [{ of, labels: { pair: '1-2', alignment: 'none' }, a: models[0]!, b: models[1]!, alignment: 'none' }];
    case 'population':
      return [{ of, labels: {}, models }];
    case 'trajectory': {
      // What one model is at first, another is at last: every update has the same length.
      const at = <T>(epoch: number, use: (these: readonly SubjectModel[]) => Promise<T>): Promise<T> => {
        const shifted = models.map(({ name }, index) => ({ ...models[(index + epoch) % models.length]!, name }));
        return use(shifted);
      };
      return [{ of, labels: {}, trajectory: { models, epochs: [0, 1], at } }];
    }
    default:
      return of satisfies never;
  }
}

/** Compares rows as people do: texts must be equal, numbers close. */
function assertSame(got: readonly MeasurementRow[], expected: readonly MeasurementRow[], tolerance: Tolerance): void {
  const texts = (rows: readonly MeasurementRow[]) =>
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => typeof value !== 'number')));
  const numbers = (rows: readonly MeasurementRow[]) =>
    rows.flatMap((row) => Object.values(row).filter((value) => typeof value === 'number'));
  assert.deepEqual(texts(got), texts(expected));
  const difference = firstDifference(numbers(got), numbers(expected), tolerance);
  assert.equal(difference.first, -1, `numbers differ: ${JSON.stringify(difference)}`);
}
