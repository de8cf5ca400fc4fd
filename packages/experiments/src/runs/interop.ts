import { basename } from 'node:path';
import type { Network } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { createRun, hashFile, type ArrayTree, type Json } from '@basinlab/core/store';
import { fromStateDict, type HostTensors, type HostVariables, type PerLayer } from '@basinlab/models-asymmetric';
import type { ZodType } from 'zod';
import { usageError } from '../errors/usage-error.js';
import { readWeights } from './torch/read-weights.js';
import { readFormat, type ChosenFormat } from './weight-format.js';
import { version } from '../version.js';
import type { Experiment } from '../experiment/schema.js';

/** Under what key of a file's metadata `export` leaves the settings of the network, which `import` starts from. */
export const networkKey = 'basinlab.network';

/** What the fixed weights and noise of a state dict are multiplied by: an option of the breaking, not part of PyTorch's file. */
export function fixedScaleOf({ breaking }: Experiment, registry: Registry): PerLayer {
  const schema = registry.resolve('symmetryBreaking', breaking.id).options as ZodType<{ fixedScale?: PerLayer }>;
  return schema.parse(breaking.options).fixedScale ?? 1;
}

/** Settings that a file brings along; null for files from elsewhere. */
export async function settingsIn(file: string): Promise<unknown> {
  const { metadata } = await readWeights(file);
  return metadata[networkKey] === undefined ? null : (JSON.parse(metadata[networkKey]) as unknown);
}

/** A checkpoint of PyTorch and the experiment that it belongs to. */
export interface ImportOptions {
  readonly directory: string;
  /** One network each, in PyTorch's names. */
  readonly files: readonly string[];
  readonly experiment: Experiment;
  readonly network: Network;
  readonly fixedScale: PerLayer;
  readonly plugins: Readonly<Record<string, string>>;
  /** The library whose files they are. Default: PyTorch state dicts. */
  readonly format?: ChosenFormat;
}

/** Makes a finished run out of state dicts. Throws, and leaves no folder, where one does not fit or they do not share their constants. */
export async function importRun({ directory, files, experiment, network, fixedScale, plugins, format }: ImportOptions): Promise<void> {
  const models: HostVariables[] = [];
  for (const file of files) {
    if (format === undefined) models.push(fromStateDict(network, (await readWeights(file)).tensors, { fixedScale }));
    else models.push({ params: await readFormat(file, format, network.params), constants: {}, state: {} });
  }
  const [first] = models;
  const odd = models.findIndex(({ constants }) => !equal(constants, first!.constants));
  if (odd >= 0)
    throw usageError(
      files[odd]!,
      `the masks, noise or gates of ${basename(files[0]!)}`,
      'others',
      'Models of one run share them: import it into a run of its own',
    );
  const sources = await Promise.all(files.map(async (file) => ({ file: basename(file), sha256: await hashFile(file) })));
  const run = await createRun(directory, {
    config: experiment as unknown as Json,
    versions: { basinlab: version, node: process.version },
    plugins,
    imported: sources,
  });
  try {
    const arrays: Record<string, ArrayTree> = {
      params: stacked(models.map(({ params }) => params)),
      state: stacked(models.map(({ state }) => state)),
      constants: first!.constants,
    };
    const { epochs } = experiment.training;
    await run.checkpoint(epochs, { arrays, counters: { epoch: epochs, models: models.length } }, 'import');
  } finally {
    await run.close();
  }
}

function equal(a: HostTensors, b: HostTensors): boolean {
  const names = Object.keys(a);
  const same = (name: string): boolean => a[name]!.data.every((value: number | bigint, i: number) => value === b[name]?.data[i]);
  return names.length === Object.keys(b).length && names.every(same);
}

/** One array for each name, with a leading axis [models]. */
function stacked(records: readonly HostTensors[]): ArrayTree {
  const join = (name: string): Float32Array => {
    const size = records[0]![name]!.data.length;
    const data = new Float32Array(size * records.length);
    records.forEach((record, model) => data.set(record[name]!.data as Float32Array, model * size));
    return data;
  };
  return Object.fromEntries(
    Object.entries(records[0]!).map(([name, { shape }]) => [name, { shape: [records.length, ...shape], data: join(name) }]),
  );
}
