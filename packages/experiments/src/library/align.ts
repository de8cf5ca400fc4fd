import { join, resolve } from 'node:path';
import { elementSize, type EngineInfo, type GroupElement, type SymmetryTransform, type Tensors } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { conditionNumber } from '@basinlab/core/linear-algebra';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { atomicWrite, downloadTensors, makeFolder, writeTensors } from '@basinlab/core/store';
import { examplesOf } from '@basinlab/core/training';
import { l2Distance } from '@basinlab/metrics';
import { moveOptimizerState } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { usageError } from '../errors/usage-error.js';
import { loadData } from '../experiment/plan.js';
import { parseRequests } from '../measurements/requests.js';
import { alignAlong, type AlignedAlong, type Hop, type PairAtEpoch } from '../pairs/align-along.js';
import { alignPair } from '../pairs/align-pair.js';
import { standardVariables } from '../pairs/standard-variables.js';
import { modulePath } from '../experiment/starting-point.js';
import { createBuiltinRegistryWith } from '../registry.js';
import { trustHere } from '../trust.js';
import { loadOptimizerState, openExperiment, type LoadRegistry, type OpenedRun } from '../runs/load-models.js';
import { parseModelRef } from '../runs/model-ref.js';
import { openPair, type OpenedPairs } from '../runs/open-pairs.js';
import { inOwnForm } from '../runs/rewrite.js';
import { weightFormatOf, writeInFormat, type ChosenFormat } from '../runs/weight-format.js';
import { workOf, type Work } from './work.js';

/** Two models, how the second is moved, and what is written. */
export interface AlignOptions {
  /** The model that stays, `DIR:N`. */
  readonly a: string;
  /** The model that is moved. */
  readonly b: string;
  /** Folder of the files. */
  readonly out: string;
  /** Id of a re-basin strategy. Default `weight-matching`. */
  readonly with?: string;
  /** `id.key=value` options of the strategy. */
  readonly set?: readonly string[];
  /** Rewrites both to another form first. Default: as they were trained. */
  readonly form?: string | undefined;
  /** Also writes both, B aligned, as another library keeps them: B in the folder OUT/FORMAT, A in OUT/FORMAT-onto. */
  readonly format?: string | undefined;
  /** Composes local alignments of checkpoints: see `alignAlong`. Default: the ends alone. */
  readonly along?: 'all' | readonly number[] | undefined;
  /** Also writes what the optimizer keeps of B, moved. */
  readonly optimizer?: boolean | undefined;
  /** Training samples on which activations are compared or a loss is taken. Default 5000. */
  readonly samples?: number;
  /** Default 1. */
  readonly seed?: number;
  readonly plugins?: readonly string[];
  /** Makes the registry from the modules that runs name. Default: with the built-in plugins. */
  readonly load?: LoadRegistry;
  /** Or what starts one, once it is known that the settings fit. */
  readonly engine: EngineInfo | ((registry: Registry) => Promise<EngineInfo>);
  readonly signal?: AbortSignal;
}

/** What became of B. */
export interface AlignResult {
  readonly engine: string;
  readonly strategy: string;
  readonly out: string;
  /** Of the parameters of both models. */
  readonly distances: { readonly before: number; readonly after: number };
  readonly groups: readonly {
    readonly group: string;
    readonly kind: GroupElement['kind'];
    readonly units: number;
    readonly moved: number;
    /** Condition number of an invertible map. */
    readonly condition?: number;
  }[];
  /** On the way back to its own form, by name: see `RewrittenBack`. */
  readonly lost: Readonly<Record<string, number>>;
  /** Of maps within heads on that way, by name: see `RewrittenBack`. */
  readonly conditions?: Readonly<Record<string, number>>;
  /** Layers in whose places the model that has fewer has some that pass on what they are given; named as in the other. */
  readonly padded?: readonly string[];
  /** The model that has these. */
  readonly paddedIn?: 'a' | 'b';
  readonly hops?: readonly Hop[];
}

/**
 * Moves the units of model B onto those of model A: what `basinlab align` does. Writes `aligned.safetensors` and `transform.json`, and
 * where A was brought to another size too, since one model is wider and the other deeper, A as `onto.safetensors`. Throws usage errors for settings that do
 * not fit before an engine is started.
 */
export function align(options: AlignOptions): Work<AlignResult> {
  const { a: refA, b: refB, form, format, samples = 5000, seed = 1, signal = new AbortController().signal } = options;
  const { load = createBuiltinRegistryWith } = options;
  const plugins = (options.plugins ?? []).map(modulePath);
  plugins.forEach(trustHere);
  const loadAll: LoadRegistry = (modules) => load([...new Set([...modules, ...plugins])]);
  const id = options.with ?? 'weight-matching';
  return workOf(async (emit) => {
    const opened = await openPair([refA, refB], loadAll, form);
    const { registry } = opened;
    const [strategy] = parseRequests({ measurements: [], alignments: [id], set: options.set ?? [] }, registry).alignments;
    if (strategy === undefined || strategy === 'none') throw usageError('align', 'a plugin of family rebasin', id);
    const carried = options.optimizer === true ? await ofOptimizer(refB, form, loadAll) : undefined;
    const epochs = options.along === undefined ? undefined : await epochsAlong(options.along, opened);
    const chosen = format === undefined ? undefined : weightFormatOf(opened, format);
    const engine = typeof options.engine === 'function' ? await options.engine(registry) : options.engine;
    const data = strategy.needs === 'weights' ? null : await loadData(opened.experiment, registry);
    const { network, pairs, dispose } = await opened.load(undefined, seed).catch((error: unknown) => {
      data?.dispose();
      throw error;
    });
    const { padded = [], paddedIn, resized = [], experiment = opened.experiment } = pairs[0]!.sized ?? {};
    const [a, b] = [standardVariables(network, pairs[0]!.first), standardVariables(network, pairs[0]!.second)];
    const examples = data === null ? undefined : examplesOf(network, data.train, data.graph);
    const firstOf = (x: tf.Tensor | undefined) => (x === undefined ? undefined : tf.slice(x, 0, Math.min(samples, x.shape[0]!)));
    const [inputs, labels] = [firstOf(examples?.inputs), firstOf(examples?.labels)];
    const moved: Tensors[] = [];
    try {
      if (carried !== undefined && resized.includes('second'))
        throw usageError(
          'align',
          `models of one ${padded.length > 0 ? 'depth' : 'width'}, for what the optimizer keeps`,
          padded.length > 0 ? `${padded.length} layers that one has not` : 'units that B has not',
        );
      const key = childKey(keyFromSeed(seed), strategy.id);
      const around = { network: network.standard, strategy, inputs, labels, task: data?.task, graph: data?.graph, key, signal };
      const tell = (unit: string) => (done: number, total: number) =>
        emit({ kind: 'progress', stage: `align by ${strategy.id}`, done, total, unit });
      const found: Omit<AlignedAlong, 'hops'> & Partial<AlignedAlong> =
        epochs === undefined
          ? await alignPair({ ...around, a, b, progress: tell('step') })
          : await alignAlong({ ...around, along: pairsAlong(epochs, opened, seed), progress: tell('hop') });
      const { aligned, transform, hops } = found;
      moved.push(aligned.params, aligned.state);
      const distances = { before: await l2Distance(a.params, b.params), after: await l2Distance(a.params, aligned.params) };
      const out = resolve(options.out);
      await makeFolder(out);
      const about = { strategy: strategy.id, model: refB, onto: refA };
      await writeFlat(join(out, 'aligned.safetensors'), { ...aligned.params, ...aligned.state }, about);
      if (resized.includes('first')) await writeFlat(join(out, 'onto.safetensors'), { ...a.params, ...a.state }, { model: refA });
      await atomicWrite(join(out, 'transform.json'), transformFile(strategy.id, transform));
      if (carried !== undefined) await writeOptimizer(join(out, 'optimizer.safetensors'), carried, network.params, transform);
      const own =
        chosen === undefined
          ? { lost: {} }
          : await writePair(join(out, format!), { ...opened, experiment }, chosen, [a.params, aligned.params]);
      const groups = Object.entries(transform).map(([group, element]) => ({
        ...{ group, kind: element.kind, units: elementSize(element) },
        moved: movedBy(element),
        ...(element.kind === 'invertible' && { condition: conditionNumber(element.matrix, element.size) }),
      }));
      return {
        engine: engine.id,
        strategy: strategy.id,
        out,
        distances,
        groups,
        ...own,
        ...(padded.length > 0 && { padded, paddedIn: paddedIn === 'first' ? ('a' as const) : ('b' as const) }),
        ...(hops && { hops }),
      };
    } finally {
      tf.dispose([a, b, inputs ?? [], labels ?? [], moved] as unknown as tf.TensorContainer);
      dispose();
      data?.dispose();
    }
  });
}

/** Epochs along which is aligned, in order. Throws a usage error for those that not both runs keep. */
async function epochsAlong(asked: 'all' | readonly number[], opened: OpenedPairs): Promise<readonly number[]> {
  const kept = await opened.epochs();
  const wanted = asked === 'all' ? kept : asked;
  const missing = wanted.find((epoch) => !kept.includes(epoch));
  const remedy = 'Keep more when training: --set training.keepCheckpoints=all';
  if (missing !== undefined || wanted.length === 0)
    throw usageError('align', `epochs that both runs keep: ${kept.join(', ') || 'none'}`, missing ?? 'none', remedy);
  return [...wanted].sort((a, b) => a - b);
}

/** Standard forms of the pair at each epoch. */
const pairsAlong = (epochs: readonly number[], opened: OpenedPairs, seed: number): readonly PairAtEpoch[] =>
  epochs.map((epoch) => ({
    epoch,
    load: async () => {
      const { network, pairs, dispose } = await opened.load(epoch, seed);
      const [a, b] = [standardVariables(network, pairs[0]!.first), standardVariables(network, pairs[0]!.second)];
      return { a, b, dispose: () => (tf.dispose([a, b] as unknown as tf.TensorContainer), dispose()) };
    },
  }));

/** The run of a model whose optimizer is moved with it. Throws a usage error where what it keeps belongs to no weights. */
async function ofOptimizer(ref: string, form: string | undefined, load: LoadRegistry): Promise<{ run: OpenedRun; ref: string }> {
  if (form !== undefined) throw usageError('align', 'the form in which the model was trained, for its optimizer', form);
  const run = await openExperiment(resolve(parseModelRef(ref).directory), load);
  const { breaking } = run.experiment;
  if (breaking.id !== 'standard') throw usageError('align', 'a model whose parameters are its weights, for its optimizer', breaking.id);
  return { run, ref };
}

/** Slots of the optimizer, moved, as `<slot>.<parameter>`. */
async function writeOptimizer(
  path: string,
  { run, ref }: { readonly run: OpenedRun; readonly ref: string },
  specs: Parameters<typeof moveOptimizerState>[0],
  transform: SymmetryTransform,
): Promise<void> {
  const optimizer = run.registry.resolve('optimizer', run.experiment.training.optimizer.id);
  const state = await loadOptimizerState(run, parseModelRef(ref).model - 1);
  const carried = moveOptimizerState(specs, optimizer, state, transform);
  try {
    const flat = Object.entries(carried).flatMap(([slot, tensors]) =>
      Object.entries(tensors).map(([name, tensor]) => [`${slot}.${name}`, tensor] as const),
    );
    await writeFlat(path, Object.fromEntries(flat), { optimizer: optimizer.id, model: ref });
  } finally {
    tf.dispose([state, carried] as unknown as tf.TensorContainer);
  }
}

/** Under flat names, as in the parameters' specs. */
async function writeFlat(path: string, tensors: Tensors, about: Readonly<Record<string, string>>): Promise<void> {
  await writeTensors(path, (await downloadTensors(tensors)) as Parameters<typeof writeTensors>[1], about);
}

/** Units that do not stay as they are: of a rotation all. */
function movedBy(element: GroupElement): number {
  if (!('indices' in element)) return element.size;
  const planes = element.kind === 'rotated' ? element.angles.length / element.indices.length : 0;
  const isTurned = (unit: number): boolean =>
    element.kind === 'rotated' && element.angles.subarray(unit * planes, (unit + 1) * planes).some((angle) => angle !== 0);
  const isScaled = (unit: number): boolean => element.kind === 'monomial' && element.scales[unit] !== 1;
  return element.indices.filter((from, to) => from !== to || isScaled(to) || isTurned(to)).length;
}

function transformFile(strategy: string, transform: SymmetryTransform): string {
  const groups = Object.fromEntries(
    Object.entries(transform).map(([group, element]) => [
      group,
      Object.fromEntries(
        Object.entries(element).map(([name, value]) => [
          name,
          ArrayBuffer.isView(value) ? [...(value as Float64Array)] : (value as string),
        ]),
      ),
    ]),
  );
  const convention =
    'new[i] = old[indices[i]], times scales[i] where there are some, coordinates p and p + planes turned by angles[i, p] where there are some; new[i] = sum_j matrix[i, j] old[j]; row-major';
  return `${JSON.stringify({ strategy, convention, groups }, null, 1)}\n`;
}

/** Writes a pair in the form in which the run was trained, the second model close to the first there too; tells what became of the second on the way. */
async function writePair(
  folder: string,
  run: Omit<OpenedRun, 'directory'>,
  { format }: ChosenFormat,
  [a, b]: readonly [Tensors, Tensors],
): Promise<Pick<AlignResult, 'lost' | 'conditions'>> {
  const onto = await inOwnForm(run, a);
  try {
    await writeInFormat(`${folder}-onto`, { format, options: onto.options }, onto.params);
    const { params, options, lost, conditions } = await inOwnForm(run, b, onto.params);
    try {
      await writeInFormat(folder, { format, options }, params);
      return { lost, ...(conditions && { conditions }) };
    } finally {
      tf.dispose(params);
    }
  } finally {
    tf.dispose(onto.params);
  }
}
