import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type Network, type ParamSpec, type Tensors, type Variables, type WeightFormat } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { atomicWrite, downloadTensors, makeFolder, readJson, writeTensors, type StoredTensor } from '@basinlab/core/store';
import type { HostTensors } from '@basinlab/models-asymmetric';
import { usageError } from '../errors/usage-error.js';
import { parseConfig } from '../experiment/parse.js';
import type { Experiment } from '../experiment/schema.js';
import { readWeights } from './torch/read-weights.js';

/** A format with the options of the experiment's architecture filled in. */
export interface ChosenFormat {
  readonly format: WeightFormat;
  readonly options: unknown;
}

/** How a library keeps models of an experiment's architecture. Throws a usage error where it has no such format. */
export function weightFormatOf({ experiment, registry }: { experiment: Experiment; registry: Registry }, id: string): ChosenFormat {
  const architecture = registry.resolve('architecture', experiment.architecture.id);
  const format = architecture.formats?.find((other) => other.id === id);
  if (format === undefined) {
    const known = ['pytorch', ...[...(architecture.formats ?? []), ...registry.list('sink')].map((one) => one.id)];
    throw usageError(`--format of ${architecture.id}`, `one of ${known.join(', ')}`, id);
  }
  return { format, options: parseConfig('architecture.options', architecture.options, experiment.architecture.options) };
}

/** Writes `model.safetensors` and `config.json` into a folder; returns the number of tensors. Masks and noise are absorbed into the weights. */
export async function writeFormat(
  directory: string,
  { format, options }: ChosenFormat,
  network: Network,
  model: Variables,
): Promise<number> {
  const absorbed = tf.tidy(() => {
    const { params, constants } = network.toStandard(model);
    demand(
      Object.keys(constants).length === 0,
      network.breaking,
      'constants that can be absorbed into weights',
      Object.keys(constants).join(', '),
    );
    return Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.clone(tensor)]));
  });
  try {
    return await writeInFormat(directory, { format, options }, absorbed);
  } finally {
    tf.dispose(absorbed);
  }
}

/** Writes the parameters of a standard network: `model.safetensors` and `config.json`; returns the number of tensors. */
export async function writeInFormat(directory: string, { format, options }: ChosenFormat, params: Tensors): Promise<number> {
  const tensors = tf.tidy(() => format.write(params, options));
  const arrays = await downloadTensors(tensors);
  tf.dispose(tensors);
  await makeFolder(directory);
  await writeTensors(join(directory, 'model.safetensors'), arrays as Record<string, StoredTensor>, { format: 'pt' });
  await atomicWrite(join(directory, 'config.json'), `${JSON.stringify(format.settings(options), null, 2)}\n`);
  return Object.keys(arrays).length;
}

/**
 * Parameters of a model in a file of another library, by our names.
 * @throws BasinlabError where tensors are missing, unknown, of another shape, or not finite
 */
export async function readFormat(file: string, { format, options }: ChosenFormat, specs: readonly ParamSpec[]): Promise<HostTensors> {
  const { tensors: stored } = await readWeights(file);
  const given: Tensors = Object.fromEntries(
    Object.entries(stored).map(([name, { shape, data }]) => [
      name,
      tf.tensor(Float32Array.from(data as ArrayLike<number>, Number), [...shape]),
    ]),
  );
  const params = tf.tidy(() => format.read(given, options));
  tf.dispose(given);
  const arrays = await downloadTensors(params);
  tf.dispose(params);
  for (const { name, shape } of specs) {
    const array = (arrays as Record<string, StoredTensor>)[name];
    demand(
      array?.shape.join() === shape.join(),
      file,
      `${name} of shape [${shape.join(', ')}]`,
      array?.shape ?? 'none',
      'Do the settings describe this model?',
    );
    const wrong = (array!.data as Float32Array).findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw new BasinlabError(file, `finite numbers in ${name}`, `${String(array!.data[wrong])} at ${wrong}`);
  }
  return arrays as HostTensors;
}

/** A model that another library saved, with what it says about it. */
export interface SavedModel {
  /** Its weights. */
  readonly file: string;
  readonly format: string;
  /** The architecture that knows its settings, with the options that they say. */
  readonly architecture: { readonly id: string; readonly options: Record<string, unknown> };
}

/** Where the transformers library keeps weights. */
const weightFiles = ['model.safetensors', 'pytorch_model.bin'];

/** The weights and settings of a model in a folder of the transformers library or in a checkpoint of fairseq; null for anything else. */
async function withSettings(
  path: string,
): Promise<{ readonly file: string; readonly source: string; readonly settings: Readonly<Record<string, unknown>> } | null> {
  const place = await stat(path).catch(() => null);
  if (place === null) return null;
  if (!place.isDirectory()) {
    const { settings } = await readWeights(path);
    return settings === undefined ? null : { file: path, source: path, settings };
  }
  const file = weightFiles.map((name) => join(path, name)).find((name) => existsSync(name));
  const source = join(path, 'config.json');
  if (file === undefined || !existsSync(source)) return null;
  return { file, source, settings: await readJson(source) };
}

/**
 * What model a folder with `config.json` and `model.safetensors` (or `pytorch_model.bin`) holds, or a checkpoint of fairseq; null for anything else.
 * @throws BasinlabError where no architecture knows its settings
 */
export async function savedModelIn(path: string, registry: Registry): Promise<SavedModel | null> {
  const saved = await withSettings(path);
  if (saved === null) return null;
  const { file, source, settings } = saved;
  const known = registry
    .list('architecture')
    .flatMap((architecture) => (architecture.formats ?? []).map((format) => ({ architecture, format })));
  const found = known.find(({ format }) => format.model === settings['model_type']);
  if (found === undefined)
    throw usageError(source, `a model_type among ${known.map(({ format }) => format.model).join(', ')}`, settings['model_type']);
  const { architecture, format } = found;
  return { file, format: format.id, architecture: { id: architecture.id, options: format.options(settings) as Record<string, unknown> } };
}
