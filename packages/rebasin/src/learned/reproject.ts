import * as tf from '@tensorflow/tfjs-core';
import type { GroupElement, SymmetryTransform, Tensors } from '@basinlab/core';
import { composeTransforms, invertTransform } from '../transform/index.js';
import { hasDuals, type Latent } from './latents.js';
import { freeElement, projectLatent, type Projected } from './project.js';
import { doublyStochastic } from './variables.js';

/** Slack that float32 may take away. */
const ROUNDING = 1e-6;

/** Projections of a step: rotations, maps and nests anew, assignments only where they may have changed. */
export async function reproject(
  latents: readonly Latent[],
  values: Tensors,
  before: ReadonlyMap<string, Projected>,
  slacks: Float32Array | null,
): Promise<{ projected: Map<string, Projected>; solved: number }> {
  const projected = new Map<string, Projected>();
  let [at, solved] = [0, 0];
  for (const latent of latents) {
    const known = before.get(latent.name);
    const isAssigned = hasDuals(latent.projection);
    if (isAssigned) at++;
    const stays = known !== undefined && (latent.projection === 'sinkhorn' || (isAssigned && slacks![at]! >= -ROUNDING));
    if (stays) {
      projected.set(latent.name, known);
      continue;
    }
    if (isAssigned || latent.projection === 'nested') solved++;
    projected.set(latent.name, await projectLatent(latent, values[latent.name]!, known));
    if (known !== undefined) tf.dispose(known.feed);
  }
  return { projected, solved };
}

/** Group elements of all latents; those of doubly stochastic matrices are assigned now, or taken as they are. */
export async function elementsOf(
  latents: readonly Latent[],
  values: Tensors,
  projected: ReadonlyMap<string, Projected>,
  assign: boolean,
): Promise<ReadonlyMap<string, GroupElement>> {
  const elements = new Map<string, GroupElement>();
  for (const latent of latents) {
    const [known, value] = [projected.get(latent.name)!, values[latent.name]!];
    if ((latent.projection === 'scaled' || latent.projection === 'rotated') && 'indices' in known.element)
      elements.set(latent.name, freeElement(latent, known.element.indices, await value.data()));
    else if (latent.projection !== 'sinkhorn') elements.set(latent.name, known.element);
    else if (assign) elements.set(latent.name, (await projectLatent(latent, value, known)).element);
    else elements.set(latent.name, await softElement(value as tf.Tensor2D));
  }
  return elements;
}

async function softElement(latent: tf.Tensor2D): Promise<GroupElement> {
  const matrix = tf.tidy(() => doublyStochastic(latent));
  try {
    return { kind: 'stochastic', size: latent.shape[0], matrix: Float64Array.from(await matrix.data()) };
  } finally {
    matrix.dispose();
  }
}

/** What the elements do to a model; where the first is moved too, that is undone. */
export function transformOf(latents: readonly Latent[], elements: ReadonlyMap<string, GroupElement>, model: number): SymmetryTransform {
  const of = (position: number): SymmetryTransform =>
    Object.fromEntries(latents.flatMap((latent) => (latent.model === position ? [[latent.group, elements.get(latent.name)!]] : [])));
  return composeTransforms(of(model), invertTransform(of(0)));
}
