import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, demand, type Network, type RewrittenBack, type Tensors, type Variables } from '@basinlab/core';
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

function rewriteOf({ experiment, registry }: Omit<OpenedRun, 'directory'>, form: string) {
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

/** Parameters of a model in the run's form, back in the run's own architecture, close to `onto` there, with the options that describe it. */
export async function inOwnForm(run: Omit<OpenedRun, 'directory'>, params: Tensors, onto?: Tensors): Promise<RewrittenBack> {
  const own = parseConfig(
    'architecture.options',
    run.registry.resolve('architecture', run.experiment.architecture.id).options,
    run.experiment.architecture.options,
  );
  if (run.form === undefined) return { params: copied(params), options: own as object, lost: {} };
  const { architecture, rewrite } = rewriteOf(run, run.form);
  demand(rewrite.back !== undefined, run.form, `a form with a way back to ${architecture.id}`, 'none');
  const back = await rewrite.back!(params, own, onto);
  return { ...back, options: { ...(own as object), ...back.options } };
}

const copied = (params: Tensors): Tensors => Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.clone(tensor)]));

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
        return copied(absorbed.params);
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
