import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { elementSize, type Network, type SymmetryTransform, type Tensors } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { atomicWrite, downloadTensors, writeTensors } from '@basinlab/core/store';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { examplesOf } from '@basinlab/core/training';
import { l2Distance } from '@basinlab/metrics';
import { textTable } from '@basinlab/report';
import { engineOption, examples, outOption, setOption, whole, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';
import { progressReporter } from '../progress/progress-line.js';
import {
  alignAlong,
  alignPair,
  inOwnForm,
  loadData,
  loadOptimizerState,
  moveOptimizerState,
  openExperiment,
  openPair,
  parseModelRef,
  parseRequests,
  standardVariables,
  usageError,
  weightFormatOf,
  writeInFormat,
  type AlignedAlong,
  type ChosenFormat,
  type Hop,
  type OpenedPairs,
  type OpenedRun,
  type PairAtEpoch,
} from '@basinlab/experiments';

interface AlignFlags {
  readonly with: string;
  readonly out: string;
  readonly samples: string;
  readonly seed: string;
  readonly engine: string;
  readonly form?: string;
  readonly format?: string;
  readonly along?: string;
  readonly optimizer?: boolean;
  readonly set: readonly string[];
}

/** `basinlab align A B`: moves one model's neurons onto another's. */
export const addAlign: AddCommand = (program, context) => {
  program
    .command('align')
    .description('move the neurons of model B onto those of model A; writes B aligned (safetensors) and what was moved (JSON)')
    .argument('<a>', 'the model that stays, DIR:N')
    .argument('<b>', 'the model that is moved, DIR:N')
    .addOption(outOption())
    .option('--with <id>', 'how: a plugin of family rebasin', 'weight-matching')
    .option('--form <architecture>', 'rewrite both to another form with the same function first, such as gpt2-circuits')
    .option(
      '--format <name>',
      'also write B, aligned, as another library keeps it, such as transformers: in the folder OUT/NAME, in its own form',
    )
    .option(
      '--along <epochs>',
      'compose local alignments: back along B to its first checkpoint, over to A, and on; all that both keep, or a list such as 0,1,2',
    )
    .option('--optimizer', 'also write what the optimizer keeps of B, moved with it, so that its training can go on')
    .option('--samples <number>', 'training samples on which activations are compared or a loss is taken', '5000')
    .option('--seed <number>', 'seed of random orders', '1')
    .addOption(setOption())
    .addOption(engineOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab align runs/standard:1 runs/standard:2 --out runs/aligned', 'by weight matching'],
        [
          'basinlab align runs/gpt2:1 runs/gpt2:2 --form gpt2-circuits --with circuit-matching --out runs/aligned',
          'rotating the residual stream',
        ],
        [
          'basinlab align runs/gpt2:1 runs/gpt2:2 --form gpt2-circuits --with circuit-learned --set circuit-learned.steps=800 --out runs/aligned',
          'by gradients of the loss between both',
        ],
        ['basinlab align runs/a:1 runs/b:1 --along all --optimizer --out runs/aligned', 'checkpoint by checkpoint, with the optimizer'],
      ]),
    )
    .action((a: string, b: string, flags: AlignFlags) => context.finish(align(a, b, flags, context)));
};

async function align(refA: string, refB: string, flags: AlignFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  const [samples, seed] = [whole('--samples', flags.samples, 2), whole('--seed', flags.seed, 0)];
  const opened = await openPair([refA, refB], createContainerWith, flags.form);
  const [strategy] = parseRequests({ measurements: [], alignments: [flags.with], set: flags.set }, opened.registry).alignments;
  if (strategy === undefined || strategy === 'none') throw usageError('--with', 'a plugin of family rebasin', flags.with);
  if (flags.optimizer === true && flags.form !== undefined)
    throw usageError('--optimizer', 'the form in which the model was trained', `--form ${flags.form}`);
  const epochs = flags.along === undefined ? undefined : await epochsAlong(flags.along, opened);
  const chosen = flags.format === undefined ? undefined : weightFormatOf(opened, flags.format);
  const engine = await startEngine(flags.engine, opened.registry.list('engine'), (line) => terminal.log(line));
  const data = await loadData(opened.experiment, opened.registry);
  const { network, pairs, dispose } = await opened.load(undefined, seed);
  const [a, b] = [standardVariables(network, pairs[0]!.first), standardVariables(network, pairs[0]!.second)];
  const examples = examplesOf(network, data.train, data.graph);
  const [inputs, labels] = [examples.inputs, examples.labels].map((x) => tf.slice(x, 0, Math.min(samples, x.shape[0]!)));
  const progress = progressReporter(terminal);
  const stage = `align by ${strategy.id}`;
  try {
    const key = childKey(keyFromSeed(seed), strategy.id);
    const options = { network: network.standard, strategy, inputs: inputs!, labels, task: data.task, graph: data.graph, key, signal };
    const tell = (unit: string) => (done: number, total: number) => progress.next({ kind: 'progress', stage, done, total, unit });
    const { aligned, transform, hops }: Omit<AlignedAlong, 'hops'> & Partial<AlignedAlong> =
      epochs === undefined
        ? await alignPair({ ...options, a, b, progress: tell('step') })
        : await alignAlong({ ...options, along: pairsAlong(epochs, opened, seed), progress: tell('hop') });
    const distances = { before: await l2Distance(a.params, b.params), after: await l2Distance(a.params, aligned.params) };
    const moved = Object.entries(transform).map(([group, element]) => ({
      ...{ group, kind: element.kind, units: elementSize(element) },
      // A rotation moves every unit.
      moved: element.kind === 'permutation' ? element.indices.filter((from, to) => from !== to).length : element.size,
    }));
    const out = resolve(flags.out);
    await mkdir(out, { recursive: true });
    await writeTensors(join(out, 'aligned.safetensors'), await named(aligned.params, aligned.state), {
      strategy: strategy.id,
      model: refB,
      onto: refA,
    });
    const elements = Object.fromEntries(
      Object.entries(transform).map(([group, element]) => [
        group,
        element.kind === 'permutation' ? { ...element, indices: [...element.indices] } : { ...element, matrix: [...element.matrix] },
      ]),
    );
    await atomicWrite(
      join(out, 'transform.json'),
      `${JSON.stringify({ strategy: strategy.id, convention: 'new[i] = old[indices[i]]; new[i] = sum_j matrix[i, j] old[j], row-major', groups: elements }, null, 1)}\n`,
    );
    if (flags.optimizer === true) await writeOptimizer(out, refB, network, opened.registry, transform);
    const lost = chosen === undefined ? {} : await writeOwn(join(out, flags.format!), opened, chosen, aligned.params);
    tf.dispose([aligned.params, aligned.state]);
    const table = textTable({
      columns: [{ header: 'group' }, { header: 'units', align: 'right' }, { header: 'moved', align: 'right' }],
      rows: moved.map(({ group, units, moved: count }) => [group, units, count]),
    });
    return {
      text: [
        table,
        `Distance of the parameters: ${distances.before.toFixed(2)} before, ${distances.after.toFixed(2)} after. Written to ${out}`,
        ...(hops ?? []).map(
          ({ from, to, distance }) => `${hopName(from)} to ${hopName(to)}: ${distance.toFixed(4)} (1: a random rotation)`,
        ),
        ...Object.entries(lost).map(([name, share]) => `Lost on the way back to its own form, ${name}: ${share.toExponential(1)}`),
      ].join('\n'),
      json: { engine: engine.id, strategy: strategy.id, out, distances, groups: moved, lost, ...(hops && { hops }) },
    };
  } finally {
    progress.close();
    tf.dispose([a, b, inputs, labels] as unknown as tf.TensorContainer);
    dispose();
    data.dispose();
  }
}

const hopName = ({ model, epoch }: Hop['from']): string => `${model.toUpperCase()} of epoch ${epoch}`;

/** Epochs of `--along`. Throws a usage error for those that not both runs keep. */
async function epochsAlong(asked: string, opened: OpenedPairs): Promise<readonly number[]> {
  const kept = await opened.epochs();
  const wanted = asked === 'all' ? kept : asked.split(',').map((part) => whole('--along', part, 0));
  const missing = wanted.find((epoch) => !kept.includes(epoch));
  const remedy = 'Keep more when training: --set training.keepCheckpoints=all';
  if (missing !== undefined || wanted.length === 0)
    throw usageError('--along', `epochs that both runs keep: ${kept.join(', ') || 'none'}`, missing ?? 'none', remedy);
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

/** Writes `optimizer.safetensors`: slots of B's optimizer, moved, as `<slot>.<parameter>`. */
async function writeOptimizer(out: string, ref: string, network: Network, registry: Registry, transform: SymmetryTransform): Promise<void> {
  const { directory, model } = parseModelRef(ref);
  const run = await openExperiment(resolve(directory), createContainerWith);
  const { breaking } = run.experiment;
  if (breaking.id !== 'standard') throw usageError('--optimizer', 'a model whose parameters are its weights', `breaking ${breaking.id}`);
  const optimizer = registry.resolve('optimizer', run.experiment.training.optimizer.id);
  const state = await loadOptimizerState(run, model - 1);
  const carried = moveOptimizerState(network.params, optimizer, state, transform);
  try {
    const flat = Object.fromEntries(
      Object.entries(carried).flatMap(([slot, tensors]) => Object.entries(tensors).map(([name, tensor]) => [`${slot}.${name}`, tensor])),
    );
    await writeTensors(join(out, 'optimizer.safetensors'), await named(flat, {}), { optimizer: optimizer.id, model: ref });
  } finally {
    tf.dispose([state, carried] as unknown as tf.TensorContainer);
  }
}

/** Flat names, as in the parameters' specs. */
async function named(params: Tensors, state: Tensors): Promise<Parameters<typeof writeTensors>[1]> {
  return (await downloadTensors({ ...params, ...state })) as Parameters<typeof writeTensors>[1];
}

/** Writes a model in the form in which the run was trained; returns what was lost on the way. */
async function writeOwn(
  folder: string,
  run: Omit<OpenedRun, 'directory'>,
  { format }: ChosenFormat,
  params: Tensors,
): Promise<Readonly<Record<string, number>>> {
  const back = await inOwnForm(run, params);
  try {
    await writeInFormat(folder, { format, options: back.options }, back.params);
    return back.lost;
  } finally {
    tf.dispose(back.params);
  }
}
