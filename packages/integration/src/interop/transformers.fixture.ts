import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs-core';
import type { Registry } from '@basinlab/core/container';
import {
  importRun,
  loadModels,
  networkOf,
  openExperiment,
  resolveExperiment,
  savedModelIn,
  weightFormatOf,
  type Experiment,
} from '@basinlab/experiments';

/** The Python that tests ask about other libraries. */
export const python = process.env['BASINLAB_PYTHON'] ?? 'python3';

/** Whether it has these modules. Says so where it has not. */
export function pythonHas(...modules: readonly string[]): boolean {
  try {
    execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore', timeout: 120_000 });
    return true;
  } catch {
    process.stderr.write(`${modules.join(', ')}: not tested, because ${python} has them not; set BASINLAB_PYTHON to one that has\n`);
    return false;
  }
}

/** The numbers that the last expression of a script gives, a tensor of PyTorch. */
export function numbersFrom(lines: readonly string[]): Float32Array {
  const script = [
    'import json, torch',
    ...lines.slice(0, -1),
    `print("NUMBERS" + json.dumps((${lines.at(-1)!}).detach().flatten().tolist()))`,
  ];
  const out = execFileSync(python, ['-c', script.join('\n')], {
    timeout: 180_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  const text = out.toString();
  return Float32Array.from(JSON.parse(text.slice(text.indexOf('NUMBERS') + 7)) as number[]);
}

/** Settings for a network of an architecture on any text. */
export const textExperiment = (id: string, options: Record<string, unknown>, registry: Registry): Experiment =>
  resolveExperiment(
    'test',
    { dataset: { id: 'text', options: { file: 'none.txt' } }, architecture: { id, options } },
    ['training.models=1'],
    registry,
  );

/** Logits of a model that `transformers` or `fairseq` has saved, imported as a run beside it and loaded from there. */
export async function importedLogits(saved: string, registry: Registry, inputs: tf.Tensor): Promise<tf.Tensor> {
  const model = (await savedModelIn(saved, registry))!;
  const experiment = textExperiment(model.architecture.id, model.architecture.options, registry);
  const run = `${saved}-run`;
  if (!existsSync(run))
    await importRun({
      ...{ directory: run, files: [model.file], experiment, network: networkOf(experiment, registry), fixedScale: 1, plugins: {} },
      format: weightFormatOf({ experiment, registry }, model.format),
    });
  const { network, models } = await loadModels(await openExperiment(run));
  return network.apply(models[0]!, inputs).logits;
}
