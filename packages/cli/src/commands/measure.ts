import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset, Network, Variables } from '@basinlab/core';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { examplesOf, strategyFor } from '@basinlab/core/training';
import { createConnectivityEvaluator, type ConnectivityEvaluator } from '@basinlab/metrics';
import { textTable } from '@basinlab/report';
import { Option } from 'commander';
import { engineOption, examples, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';
import { alignPair, loadData, type OpenedPairs, openPair, standardVariables, stopIfInterrupted, usageError } from '@basinlab/experiments';
import { progressReporter } from '../progress/progress-line.js';

const splitNames = ['train', 'validation', 'test'] as const;

interface MeasureFlags {
  readonly align: readonly string[];
  readonly split: readonly (typeof splitNames)[number][];
  readonly points: string;
  readonly samples: string;
  readonly statistics: 'interpolate' | 'recompute';
  readonly epoch?: string;
  readonly seed: string;
  readonly engine: string;
}

/** `basinlab measure A [B]`: linear mode connectivity of pairs of models. */
export const addMeasure: AddCommand = (program, context) => {
  program
    .command('measure')
    .description('linear mode connectivity: barriers on the straight line between models, as they are and aligned')
    .argument('<a>', 'a run, whose models are paired (1,2), (3,4), ..., or with a second argument one model, DIR:N')
    .argument('[b]', 'the other model, DIR:N')
    .addOption(new Option('--align <id...>', 'alignments to measure: none, and ids of plugins').default(['none']))
    .addOption(new Option('--split <name...>', 'which data').choices(splitNames).default(['test']))
    .option('--points <number>', 'points on the path, both ends included', '11')
    .option('--samples <number>', 'training samples on which activations are compared or a loss is taken', '5000')
    .addOption(
      new Option(
        '--statistics <how>',
        'running statistics of batch norm on the path: those of the ends mixed, or new ones from the training data',
      )
        .choices(['interpolate', 'recompute'])
        .default('interpolate'),
    )
    .option('--epoch <number>', 'checkpoint to take instead of the newest')
    .option('--seed <number>', 'seed of alignments that draw random orders', '1')
    .addOption(engineOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab measure runs/w', 'pairs of one population'],
        ['basinlab measure runs/standard --align none weight-matching activation-matching', 'also aligned'],
        ['basinlab measure runs/standard:1 runs/other:1 --split train test', 'two models of two runs'],
      ]),
    )
    .action((a: string, b: string | undefined, flags: MeasureFlags) => context.finish(measure(a, b, flags, context)));
};

interface Row {
  readonly pair: string;
  readonly alignment: string;
  readonly split: string;
  readonly accuracyBarrier: number;
  readonly lossBarrier: number;
  readonly distance: number;
  readonly lambdas: readonly number[];
  readonly accuracy: readonly number[];
  readonly loss: readonly number[];
}

async function measure(a: string, b: string | undefined, flags: MeasureFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  const [points, samples, seed] = [
    whole('--points', flags.points, 3),
    whole('--samples', flags.samples, 2),
    whole('--seed', flags.seed, 0),
  ];
  const epoch = flags.epoch === undefined ? undefined : whole('--epoch', flags.epoch, 0);
  const opened = await openPair(b === undefined ? [resolve(a)] : [a, b], createContainerWith);
  for (const id of flags.align) if (id !== 'none') opened.registry.resolve('rebasin', id);
  const engine = await startEngine(flags.engine, opened.registry.list('engine'), (line) => terminal.log(line));
  const progress = progressReporter(terminal);
  const data = await loadData(opened.experiment, opened.registry);
  const { network, pairs, dispose } = await opened.load(epoch);
  const evaluator = createConnectivityEvaluator(network.standard, {
    steps: points - 1,
    strategy: strategyFor(engine.platform),
    task: data.task,
    graph: data.graph,
    statistics: flags.statistics,
    statisticsOf: data.train,
  });
  const rows: Row[] = [];
  try {
    for (const { name, first, second } of pairs) {
      const sides = [standardVariables(network, first), standardVariables(network, second)] as const;
      for (const alignment of flags.align) {
        stopIfInterrupted(signal);
        rows.push(
          ...(await measurePair({ name, alignment, sides, network, data, evaluator, samples, seed, opened, signal, splits: flags.split })),
        );
        progress.next({
          kind: 'progress',
          stage: 'measure',
          done: rows.length / flags.split.length,
          total: pairs.length * flags.align.length,
          unit: 'path',
        });
      }
      tf.dispose(sides as unknown as tf.TensorContainer);
    }
  } finally {
    progress.close();
    evaluator.dispose();
    dispose();
    data.dispose();
  }
  const text = textTable({
    caption: 'Accuracy barrier in percent of the better end (0: none), loss barrier in nats',
    columns: [
      { header: 'pair' },
      { header: 'alignment' },
      { header: 'split' },
      { header: 'accuracy barrier', align: 'right' },
      { header: 'loss barrier', align: 'right' },
      { header: 'distance', align: 'right' },
    ],
    rows: rows.map((row) => [
      row.pair,
      row.alignment,
      row.split,
      row.accuracyBarrier.toFixed(2),
      row.lossBarrier.toFixed(4),
      row.distance.toFixed(2),
    ]),
  });
  return { text, json: { engine: engine.id, rows } };
}

interface PairWork {
  readonly name: string;
  readonly alignment: string;
  readonly sides: readonly [Variables, Variables];
  readonly network: Network;
  readonly data: LoadedDataset;
  readonly evaluator: ConnectivityEvaluator;
  readonly samples: number;
  readonly seed: number;
  readonly opened: OpenedPairs;
  readonly signal: AbortSignal;
  readonly splits: MeasureFlags['split'];
}

async function measurePair({
  name,
  alignment,
  sides: [a, b],
  network,
  data,
  evaluator,
  samples,
  seed,
  opened,
  signal,
  splits,
}: PairWork): Promise<Row[]> {
  let moved = b;
  if (alignment !== 'none') {
    const examples = examplesOf(network, data.train, data.graph);
    const [inputs, labels] = [examples.inputs, examples.labels].map((x) => tf.slice(x, 0, Math.min(samples, x.shape[0]!)));
    const strategy = opened.registry.resolve('rebasin', alignment);
    moved = (
      await alignPair({
        network: network.standard,
        a,
        b,
        strategy,
        inputs: inputs!,
        labels,
        task: data.task,
        graph: data.graph,
        key: childKey(keyFromSeed(seed), `${alignment} ${name}`),
        signal,
      })
    ).aligned;
    tf.dispose([inputs!, labels!]);
  }
  const result = await evaluator.measure(a, moved, Object.fromEntries(splits.map((split) => [split, data[split]])));
  if (moved !== b) tf.dispose([moved.params, moved.state]);
  return Object.entries(result.splits).map(([split, { accuracyBarrier, lossBarrier, accuracy, loss }]) => ({
    pair: name,
    alignment,
    split,
    accuracyBarrier,
    lossBarrier,
    distance: result.distance,
    lambdas: result.lambdas,
    accuracy,
    loss,
  }));
}

function whole(id: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || text.trim() === '') throw usageError(id, `a whole number from ${least}`, text);
  return value;
}
