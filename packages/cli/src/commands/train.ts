import { isAbsolute, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineInfo, Network, Variables } from '@basinlab/core';
import { createEvaluator } from '@basinlab/core/training';
import type { Registry } from '@basinlab/core/container';
import type { LoadedDataset } from '@basinlab/core';
import { formatWithError, meanWithError, textTable } from '@basinlab/report';
import {
  engineOption,
  examples,
  outOption,
  pluginOption,
  seedOption,
  setOption,
  type AddCommand,
  type CommandContext,
  type Outcome,
} from '../command.js';
import { applyOverrides } from '../config/override.js';
import { parseConfig } from '../config/parse.js';
import { createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';
import { usageError } from '../errors/usage-error.js';
import { progressReporter } from '../progress/progress-line.js';
import { experimentSchema, mnistMlp, type Experiment } from '../runs/experiment.js';
import { openExperiment } from '../runs/load-models.js';
import { loadData, networkOf, planOf } from '../runs/plan.js';
import { trainRun } from '../runs/train-run.js';

interface TrainFlags {
  readonly out: string;
  readonly config?: string;
  readonly engine: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly seed?: string;
}

/** `basinlab train`: a population into a folder. */
export const addTrain: AddCommand = (program, context) => {
  program
    .command('train')
    .description('train a population of networks; starts from the MNIST MLP of the paper, --set changes it')
    .addOption(outOption())
    .option('--config <file>', 'JSON file with settings, or the config.json of a run')
    .addOption(setOption())
    .addOption(seedOption())
    .addOption(engineOption())
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab train --out runs/standard', 'two standard MLPs on MNIST, 10 epochs'],
        ['basinlab train --out runs/w --set breaking.id=w --set breaking.options.fixedPerUnit=[64,64,64,256]', 'W networks'],
        ['basinlab train --out runs/many --set training.models=16 --set training.epochs=100', 'a population'],
        ['basinlab train --out runs/mine --plugin ./my-breaking.mjs --set breaking.id=mine', 'your own breaking'],
      ]),
    )
    .action((flags: TrainFlags) => context.finish(train(flags, context)));
};

/** `basinlab resume`: goes on with an interrupted run. */
export const addResume: AddCommand = (program, context) => {
  program
    .command('resume')
    .description('go on with an interrupted run, to the parameters it would have had without the interruption')
    .argument('<dir>', 'folder of the run')
    .addOption(engineOption())
    .addHelpText('after', examples([['basinlab resume runs/standard', 'nothing is done where it has finished']]))
    .action((directory: string, { engine }: { engine: string }) => context.finish(resume(resolve(directory), engine, context)));
};

async function train(flags: TrainFlags, context: CommandContext): Promise<Outcome> {
  const { registry, hashes } = await createContainerWith(
    flags.plugin.map((module) => (module.startsWith('.') || isAbsolute(module) ? resolve(module) : module)),
  );
  const base = flags.config === undefined ? mnistMlp : await readConfig(flags.config);
  const overrides = flags.seed === undefined ? flags.set : [...flags.set, `seed=${flags.seed}`];
  const experiment = parseConfig('train', experimentSchema, applyOverrides(base, overrides));
  const directory = resolve(flags.out);
  if (existsSync(join(directory, 'config.json')))
    throw usageError(directory, 'a folder without a run', 'one with config.json', `Go on with it: basinlab resume ${flags.out}`);
  return work({ directory, experiment, registry, plugins: hashes }, flags.engine, context);
}

async function resume(directory: string, engine: string, context: CommandContext): Promise<Outcome> {
  return work({ ...(await openExperiment(directory)), plugins: {} }, engine, context);
}

async function readConfig(path: string): Promise<unknown> {
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return 'versions' in content && 'config' in content ? content['config'] : content;
  } catch (error) {
    throw usageError('--config', 'a readable JSON file', `${path} (${(error as Error).message})`);
  }
}

interface Work {
  readonly directory: string;
  readonly experiment: Experiment;
  readonly registry: Registry;
  readonly plugins: Readonly<Record<string, string>>;
}

async function work(
  { directory, experiment, registry, plugins }: Work,
  engineId: string,
  { terminal, signal }: CommandContext,
): Promise<Outcome> {
  // Wrong options are refused before anything is started.
  networkOf(experiment, registry);
  const engine: EngineInfo = await startEngine(engineId, registry.list('engine'), (line) => terminal.log(line));
  const progress = progressReporter(terminal);
  const data = await loadData(experiment, registry);
  try {
    // Built before the folder is made, so that wrong options leave nothing behind.
    const plan = planOf(experiment, registry, data);
    await mkdir(directory, { recursive: true });
    const models = await trainRun({ directory, experiment, plan, engine, plugins, signal, emit: (event) => progress.next(event) });
    const results = await testModels(plan.network, models, data);
    tf.dispose(models as unknown as tf.TensorContainer);
    progress.close();
    const accuracy = meanWithError(results.map((result) => 100 * result.accuracy));
    const table = textTable({
      columns: [{ header: 'model' }, { header: 'test accuracy (%)', align: 'right' }, { header: 'test loss', align: 'right' }],
      rows: [
        ...results.map(({ model, accuracy: share, loss }) => [String(model), (100 * share).toFixed(2), loss.toFixed(4)]),
        ['mean', formatWithError(accuracy.mean, accuracy.standardError), ''],
      ],
    });
    return { text: `${table}\nRun: ${directory}`, json: { directory, engine: engine.id, experiment, models: results } };
  } finally {
    progress.close();
    data.dispose();
  }
}

async function testModels(
  network: Network,
  models: readonly Variables[],
  data: LoadedDataset,
): Promise<{ model: number; accuracy: number; loss: number }[]> {
  const evaluator = createEvaluator(network);
  const results = [];
  for (const [index, variables] of models.entries()) {
    const [result] = await evaluator.evaluate(variables, data.test);
    results.push({ model: index + 1, accuracy: result!.accuracy, loss: result!.loss });
  }
  evaluator.dispose();
  return results;
}
