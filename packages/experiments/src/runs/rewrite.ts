import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Network, type Variables } from '@basinlab/core';
import { standard } from '@basinlab/models-asymmetric';
import { suggestion } from '../errors/suggestion.js';
import { usageError } from '../errors/usage-error.js';
import { parseConfig } from '../experiment/parse.js';
import type { LoadedModels, OpenedRun } from './load-models.js';

/** The run with its models in another form of the same function, such as `gpt2-circuits`. Throws a usage error where its architecture has no such form. */
export function inForm(run: OpenedRun, form: string): OpenedRun {
  rewriteOf(run, form);
  return { ...run, form };
}

function rewriteOf({ experiment, registry }: OpenedRun, form: string) {
  const architecture = registry.resolve('architecture', experiment.architecture.id);
  const rewrite = architecture.rewrites?.find(({ to }) => to.id === form);
  if (rewrite !== undefined) return { architecture, rewrite };
  const known = (architecture.rewrites ?? []).map(({ to }) => to.id);
  throw usageError(
    '--form',
    `a form that ${architecture.id} can be rewritten to`,
    form,
    known.length === 0 ? 'It has none.' : suggestion(form, known),
  );
}

/** Rewrites the models of a run, and disposes those that it was given. */
export async function rewriteModels(run: OpenedRun, form: string, { network, models, epoch }: LoadedModels): Promise<LoadedModels> {
  const { architecture, rewrite } = rewriteOf(run, form);
  const options = parseConfig('architecture.options', architecture.options, run.experiment.architecture.options);
  const rewritten: Network = buildNetwork({ architecture: rewrite.to, options: rewrite.options(options), breaking: standard });
  const found: Variables[] = [];
  try {
    for (const model of models) {
      const params = tf.tidy(() => {
        const absorbed = network.toStandard(model);
        if (Object.keys(absorbed.constants).length > 0)
          throw usageError('--form', 'networks whose constants can be absorbed into weights', network.breaking);
        return Object.fromEntries(Object.entries(absorbed.params).map(([name, tensor]) => [name, tf.clone(tensor)]));
      });
      try {
        found.push({ params: await rewrite.params(params, options), constants: {}, state: {} });
      } finally {
        tf.dispose(params);
      }
    }
    return { network: rewritten, models: found, epoch };
  } catch (error) {
    tf.dispose(found as unknown as tf.TensorContainer);
    throw error;
  } finally {
    tf.dispose(models as unknown as tf.TensorContainer);
  }
}
