import { BasinlabError } from '@basinlab/tensor';
import { childKey, type Key } from '@basinlab/tensor/random';
import { from, isObservable, map, type Observable } from 'rxjs';
import type {
  ActivationBatch,
  Measurement,
  MeasurementContext,
  MeasurementNeeds,
  MeasurementRow,
  ModelOf,
  RecordedSite,
  RunEvent,
  Subjects,
  Trajectory,
} from '../contracts/index.js';
import { abortable, drain, gather, inStep, onDemand, StageError, type Place } from '../pipeline/index.js';
import { connectedGroups } from './connected.js';
import { needsOf } from './define.js';
import { completeRows } from './rows.js';
import { modelsOf, type Networks, type Subject, type SubjectExamples, type SubjectModel } from './subject.js';

/** A measurement with its options, parsed. */
export interface MeasurementRequest {
  readonly measurement: Measurement;
  readonly options: unknown;
  /** Which subjects of its kind. Default: all. */
  readonly on?: (subject: Subject) => boolean;
}

/** Makes the streams of activations; see `recordedSource`, and `batchesSource` for those that come from elsewhere. */
export interface ActivationSources {
  /** The activations of one model at these sites; a pass of its own for every subscription. */
  of(model: SubjectModel, sites: readonly RecordedSite[]): Observable<ActivationBatch>;
}

/** Where measurements find what they need. What is left out cannot be measured from. */
export interface MeasuringContext {
  readonly networks?: Networks;
  readonly examples?: SubjectExamples;
  readonly sources?: ActivationSources;
  readonly key: Key;
  readonly execution: 'map' | 'vmap';
}

/** What one measurement found out about one subject. */
export type MeasuredRows = Extract<RunEvent, { readonly kind: 'measured' }>;

interface Task {
  readonly request: number;
  readonly measurement: Measurement;
  readonly options: unknown;
  readonly needs: MeasurementNeeds;
  readonly subject: Subject;
}

/**
 * Runs measurements on all subjects of their kind. Those that read activations share the passes: every model that any of them looks at is gone through
 * once, one batch of each model at a time, however many measurements listen. Models that no measurement connects are gone through one
 * after the other, so that few batches are alive. Rows come per measurement and subject.
 * @throws BasinlabError, before anything runs, where a measurement needs what is not there; StageError for what goes wrong in one
 */
export function runMeasurements(
  requests: readonly MeasurementRequest[],
  subjects: readonly Subject[],
  context: MeasuringContext,
): Observable<MeasuredRows> {
  const tasks = requests.flatMap(({ measurement, options, on = () => true }, request) =>
    subjects
      .filter((subject) => subject.of === measurement.of && on(subject))
      .map((subject): Task => ({ request, measurement, options, needs: needsOf(measurement, options), subject })),
  );
  for (const task of tasks) demandNeeds(task, context);
  const sites = [...new Set(tasks.flatMap(({ needs }) => needs.activations?.sites ?? []))];
  return onDemand(async function* (signal) {
    const kept = new Map<string, { dispose(): void }>();
    const run = (task: Task, activations?: Observable<ActivationBatch>): Promise<MeasuredRows> => {
      const reuse = <T extends { dispose(): void }>(name: string, make: () => T): T => {
        const key = `${task.request} ${name}`;
        const value = kept.get(key) ?? make();
        kept.set(key, value);
        return value as T;
      };
      return runTask(task, { ...context, signal, reuse, ...(activations === undefined ? {} : { activations }) });
    };
    try {
      for (const task of tasks.filter(({ needs }) => needs.activations === undefined)) {
        if (signal.aborted) return;
        yield await run(task);
      }
      const reading = tasks.filter(({ needs }) => needs.activations !== undefined);
      for (const group of connectedGroups(reading, ({ subject }) => modelsOf(subject))) {
        if (signal.aborted) return;
        yield* await runTogether(group, sites, context.sources!, run);
      }
    } finally {
      kept.forEach((value) => value.dispose());
    }
  });
}

/** Runs tasks on one pass over each of their models. */
async function runTogether(
  tasks: readonly Task[],
  sites: readonly RecordedSite[],
  sources: ActivationSources,
  run: (task: Task, activations: Observable<ActivationBatch>) => Promise<MeasuredRows>,
): Promise<MeasuredRows[]> {
  const listeners = new Map<SubjectModel, number>();
  for (const { subject } of tasks) for (const model of modelsOf(subject)) listeners.set(model, (listeners.get(model) ?? 0) + 1);
  const free = new Map<SubjectModel, Place<ActivationBatch>[]>(
    [...listeners].map(([model, count]) => [model, [...gather(sources.of(model, sites), count)]]),
  );
  const settled = await Promise.allSettled(
    tasks.map(async (task) => {
      const places = modelsOf(task.subject).map((model) => free.get(model)!.pop()!);
      const wanted = new Set(task.needs.activations!.sites);
      const activations = inStep(places.map(({ items }) => items)).pipe(map((batches) => joined(batches, wanted)));
      try {
        return await run(task, activations);
      } finally {
        // One that never looked, or gave up, must not keep the others waiting.
        places.forEach((place) => place.release());
      }
    }),
  );
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason as Error;
  return settled.map((result) => (result as PromiseFulfilledResult<MeasuredRows>).value);
}

/** The columns of several models on the same rows as one batch, at the sites that were asked for; labels once. */
function joined(batches: readonly ActivationBatch[], wanted: ReadonlySet<RecordedSite>): ActivationBatch {
  const columns = batches.flatMap((batch) => batch.columns);
  const labels = columns.find(({ field }) => field.layer === 'labels');
  const chosen = columns.filter(({ field }) => field.layer !== 'labels' && wanted.has(field.layer === 'logits' ? 'logits' : field.site));
  return { rows: batches[0]!.rows, columns: labels !== undefined && wanted.has('labels') ? [...chosen, labels] : chosen };
}

interface TaskContext extends MeasuringContext {
  readonly signal: AbortSignal;
  readonly activations?: Observable<ActivationBatch>;
  reuse<T extends { dispose(): void }>(name: string, make: () => T): T;
}

async function runTask(task: Task, { networks, examples, key, execution, signal, reuse, activations }: TaskContext): Promise<MeasuredRows> {
  const { measurement, options, needs, subject, request } = task;
  const given = {
    key: childKey(key, `${measurement.id} ${JSON.stringify(subject.labels)}`),
    signal,
    execution,
    reuse,
    ...(needs.weights !== undefined && { network: networks![needs.weights] }),
    ...(activations !== undefined && { activations: activations.pipe(abortable(signal)) }),
    ...(needs.examples === true && examples),
  };
  const rows: MeasurementRow[] = [];
  try {
    const found = measurement.measure(subjectFor(subject, needs) as never, options, given as MeasurementContext as never);
    // A promise cannot be cancelled: its work is waited for, so that what it looks at can be released.
    const lots = isObservable(found) ? found.pipe(abortable(signal)) : from(found);
    await drain(lots, { onEvent: (lot) => completeRows(measurement, lot).forEach((row) => rows.push(row)) });
    signal.throwIfAborted();
  } catch (error) {
    if (signal.aborted) throw error;
    throw error instanceof StageError ? error : new StageError({ stage: 'measure', plugin: measurement.id }, error);
  }
  return { kind: 'measured', measurement: measurement.id, request, labels: subject.labels, columns: measurement.columns, rows };
}

/** The subject as the measurement sees it: with variables in the form it needs, or with names alone. */
function subjectFor(
  subject: Subject,
  needs: MeasurementNeeds,
): Subjects<ModelOf<MeasurementNeeds>>[keyof Subjects<ModelOf<MeasurementNeeds>>] {
  const { weights } = needs;
  const model = ({ name, raw, standard }: SubjectModel) =>
    weights === undefined ? { name } : { name, variables: weights === 'raw' ? raw! : standard! };
  switch (subject.of) {
    case 'model':
      return model(subject.model);
    case 'pair':
      return { a: model(subject.a), b: model(subject.b), alignment: subject.alignment, transform: subject.transform };
    case 'population':
      return { models: subject.models.map(model) };
    case 'trajectory': {
      const { models, epochs, at } = subject.trajectory;
      const trajectory: Trajectory<ReturnType<typeof model>> = {
        models,
        epochs,
        at: (epoch, use) => at(epoch, (these) => use(these.map(model))),
      };
      return trajectory;
    }
    default:
      return subject satisfies never;
  }
}

function demandNeeds({ measurement: { id }, needs, subject }: Task, { networks, examples, sources }: MeasuringContext): void {
  const lack = (requirement: string, got: string, remedy: string): never => {
    throw new BasinlabError(id, requirement, got, { exitCode: 2, remedy });
  };
  if (needs.weights !== undefined && networks === undefined)
    lack('models with weights', 'activations alone', 'Measure the run that they come from.');
  if (needs.weights === 'raw' && modelsOf(subject).some(({ raw }) => raw === undefined))
    lack('models as they were trained', 'one moved by an alignment', 'Measure without --align.');
  if (needs.examples === true && examples === undefined)
    lack('labelled examples', 'activations alone', 'Measure the run that they come from.');
  if (needs.activations !== undefined && sources === undefined) lack('activations', 'none', 'Give a run or an Arrow file.');
  if (needs.activations !== undefined && subject.of === 'trajectory')
    lack('a measurement of a trajectory that needs no activations', 'one that does', 'Measure models or pairs at several epochs instead.');
}
