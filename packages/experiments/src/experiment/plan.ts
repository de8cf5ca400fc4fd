import { buildNetwork, type LoadedDataset, type Network, type SymmetryBreaking } from '@basinlab/core';
import { defineUpdateRule, populationKeys, type TrainingPlan } from '@basinlab/core/training';
import { usageError } from '../errors/usage-error.js';
import { parseConfig } from './parse.js';
import { requireMemory } from './require-memory.js';
import type { Registry } from '@basinlab/core/container';
import type { Experiment } from './schema.js';

/** The network that an experiment describes; `symmetryBreaking` may stand for its breaking. Throws a usage error on unknown ids and wrong options. */
export function networkOf(
  { architecture, breaking }: Experiment,
  registry: Registry,
  symmetryBreaking: SymmetryBreaking = registry.resolve('symmetryBreaking', breaking.id),
): Network {
  const shape = registry.resolve('architecture', architecture.id);
  return buildNetwork({
    architecture: shape,
    options: parseConfig('architecture.options', shape.options, architecture.options) as object,
    breaking: symmetryBreaking,
    breakingOptions: parseConfig('breaking.options', symmetryBreaking.options, breaking.options) as object,
    initialisationOnly: breaking.initialisationOnly,
  });
}

/** The data of an experiment, on the device: the caller disposes them. */
export async function loadData({ dataset }: Pick<Experiment, 'dataset'>, registry: Registry): Promise<LoadedDataset> {
  const plugin = registry.resolve('dataset', dataset.id);
  return plugin.load(parseConfig('dataset.options', plugin.options, dataset.options));
}

/** How an experiment trains. */
export function planOf(
  experiment: Experiment,
  registry: Registry,
  data: LoadedDataset,
): Pick<TrainingPlan, 'network' | 'updateRule' | 'data' | 'keys' | 'dropout'> {
  const { optimizer, schedule, learningRate, clip, dropout, models } = experiment.training;
  const update = registry.resolve('optimizer', optimizer.id);
  const course = registry.resolve('schedule', schedule.id);
  const updateRule = defineUpdateRule({
    optimizer: update,
    optimizerOptions: parseConfig('training.optimizer.options', update.options, optimizer.options) as object,
    schedule: course,
    scheduleOptions: parseConfig('training.schedule.options', course.options, schedule.options) as object,
    learningRate,
    clip,
  });
  const network = networkOf(experiment, registry);
  if ((dropout ?? 0) > 0 && !network.dropout)
    throw usageError('training.dropout', 'an architecture with places for it, such as gpt2 or vit', network.architecture);
  requireMemory(network, models);
  return { network, updateRule, data, keys: populationKeys(experiment.seed, models), dropout };
}
