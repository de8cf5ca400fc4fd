import type { Tensor } from '@tensorflow/tfjs-core';
import type { Site } from './model.js';

/** What a column of activations holds. */
export interface ActivationField {
  readonly model: string;
  readonly layer: string;
  readonly site: Site;
  /** Symmetry group of the units (see `Tap`). Absent: the group called like the layer, if there is one. */
  readonly group?: string;
}

/**
 * Activations of one batch of inputs: one column per tapped site, resident on the device until someone asks for bytes. Its tensor is
 * [rows, units], or [rows, ...positions, units] for units that are applied at several positions, as those of a convolution are: metrics of
 * units take each position as a sample of its own.
 * The Arrow form is a record batch with one FixedSizeList<float32> column per site, whose metadata hold the positions (see `@basinlab/core/arrow`).
 */
export interface ActivationBatch {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly field: ActivationField; readonly tensor: Tensor }[];
}
