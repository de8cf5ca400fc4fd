import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { elementSize, type Tensors } from '@basinlab/core';
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
  alignPair,
  inOwnForm,
  loadData,
  openPair,
  parseRequests,
  standardVariables,
  usageError,
  weightFormatOf,
  writeInFormat,
  type ChosenFormat,
  type OpenedRun,
} from '@basinlab/experiments';

interface AlignFlags {
  readonly with: string;
  readonly out: string;
  readonly samples: string;
  readonly seed: string;
  readonly engine: string;
  readonly form?: string;
  readonly format?: string;
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
      ]),
    )
    .action((a: string, b: string, flags: AlignFlags) => context.finish(align(a, b, flags, context)));
};

async function align(refA: string, refB: string, flags: AlignFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  const [samples, seed] = [whole('--samples', flags.samples, 2), whole('--seed', flags.seed, 0)];
  const opened = await openPair([refA, refB], createContainerWith, flags.form);
  const [strategy] = parseRequests({ measurements: [], alignments: [flags.with], set: flags.set }, opened.registry).alignments;
  if (strategy === undefined || strategy === 'none') throw usageError('--with', 'a plugin of family rebasin', flags.with);
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
    const { aligned, transform } = await alignPair({
      network: network.standard,
      a,
      b,
      strategy,
      inputs: inputs!,
      labels,
      task: data.task,
      graph: data.graph,
      key,
      signal,
      progress: (done, total) => progress.next({ kind: 'progress', stage, done, total, unit: 'step' }),
    });
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
        ...Object.entries(lost).map(([name, share]) => `Lost on the way back to its own form, ${name}: ${share.toExponential(1)}`),
      ].join('\n'),
      json: { engine: engine.id, strategy: strategy.id, out, distances, groups: moved, lost },
    };
  } finally {
    progress.close();
    tf.dispose([a, b, inputs, labels] as unknown as tf.TensorContainer);
    dispose();
    data.dispose();
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
