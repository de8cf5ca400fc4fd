import { z } from 'zod';
import type {
  ActivationBatch,
  Measurement,
  MeasurementColumn,
  MeasurementRow,
  Metric,
  RecordedSite,
  Site,
  SubjectKind,
} from '../contracts/index.js';
import { defineMeasurement } from './define.js';
import { foldActivations } from './fold-activations.js';

/** What a lifted metric says of itself beside the metric. */
export interface LiftOptions {
  /** Default: the metric's own. */
  readonly summary?: string;
  /** Axes that the metric's rows are labelled with, beside the metric's own value. Default: layer and site, where it reads activations, and the labels that it declares. */
  readonly axes?: readonly Pick<MeasurementColumn, 'name' | 'summary' | 'type'>[];
  readonly unit?: string;
  readonly plots?: Measurement['plots'];
}

/** Where activations are recorded, as rows of metrics are labelled with it. */
const placeAxes: NonNullable<LiftOptions['axes']> = [
  { name: 'layer', summary: 'layer that is looked at', type: 'text' },
  { name: 'site', summary: 'where in the layer', type: 'text' },
];

const sites = ['input', 'post-linear', 'post-norm', 'post-activation'] as const;

/**
 * Lifts a streaming metric into a measurement: of a pair where its inputs name `a` and `b`, else of a model. Its batches hold what it reads in runs
 * and Arrow files alike: the columns `logits` and `labels` (`logits:a` and `logits:b` of pairs), and activations at the option `sites`, told apart
 * by `field.model`, `a` or `b`. Rows: the metric's name, its labels, its value.
 */
export function measurementOf<S>(
  metric: Metric<S>,
  { summary = metric.summary ?? `the metric ${metric.id}`, axes: given, unit, plots }: LiftOptions = {},
): Measurement {
  const ofPair = metric.inputs.some((input) => /:[ab]$/.test(input));
  const reads = (name: string): boolean => metric.inputs.some((input) => input.split(':')[0] === name);
  const fixed: RecordedSite[] = [...(reads('logits') ? (['logits'] as const) : []), ...(reads('labels') ? (['labels'] as const) : [])];
  const recordsSites = metric.inputs.some((input) => !/^(logits|labels)(:|$)/.test(input));
  const axes = given ?? [...(recordsSites ? placeAxes : []), ...(metric.labels ?? [])];
  // Which model a row is of, the subject says, unless it is declared, as of one side of a pair.
  const saysModel = axes.some(({ name }) => name === 'model');
  const options = recordsSites
    ? z.strictObject({ sites: z.array(z.enum(sites)).min(1).default(['post-activation']).describe('where activations are read') })
    : z.strictObject({});
  const value: MeasurementColumn = {
    name: 'value',
    summary,
    role: 'value',
    type: 'number',
    range: metric.range,
    ...(unit === undefined ? {} : { unit }),
    ...(metric.better === undefined ? {} : { better: metric.better }),
  };
  return defineMeasurement<{ sites?: Site[] }, SubjectKind, { activations: { sites: readonly RecordedSite[] } }>({
    id: metric.id,
    summary,
    of: ofPair ? 'pair' : 'model',
    options,
    needs: ({ sites: chosen = [] }) => ({ activations: { sites: [...fixed, ...chosen] } }),
    columns: [
      ...axes.map((axis): MeasurementColumn => ({ ...axis, role: 'axis' })),
      { name: 'quantity', summary: 'name of the value', role: 'axis', type: 'text' },
      value,
    ],
    ...(plots === undefined ? {} : { plots }),
    async measure(subject, _options, { activations }) {
      const names = 'a' in subject ? { [subject.a.name]: 'a', [subject.b.name]: 'b' } : {};
      const state = await foldActivations(activations, metric.init(), (before, batch) => metric.update(before, asInputs(batch, names)));
      return metric.result(state).map(({ name, value: found, labels = {} }): MeasurementRow => {
        const own = Object.entries(labels).filter(([label]) => label !== 'model' || saysModel);
        return { ...Object.fromEntries(own), quantity: name, value: found };
      });
    },
  });
}

/** A batch as metrics read it: models of a pair are called `a` and `b`, columns of logits `logits` or `logits:a`. */
function asInputs({ rows, columns }: ActivationBatch, names: Readonly<Record<string, string>>): ActivationBatch {
  return {
    rows,
    columns: columns.map(({ name, field, tensor }) => {
      const model = names[field.model] ?? field.model;
      const ofPair = model !== field.model;
      const called = field.layer === 'logits' ? (ofPair ? `logits:${model}` : 'logits') : name;
      return { name: called, field: { ...field, model }, tensor };
    }),
  };
}
