import type { Tensor } from '@tensorflow/tfjs-core';
import type { Site } from './architecture.js';

export interface ActivationField {
  readonly model: string;
  readonly layer: string;
  readonly site: Site;
  /** Symmetry group of the units (see `Tap`). Absent: the group called like the layer, if there is one. */
  readonly group?: string;
}

/**
 * Activations of one batch of inputs: one column [rows, units] per tapped site, resident on the device until someone asks for bytes.
 * The Arrow form is a record batch with one FixedSizeList<float32>[units] column per site (see `@basinlab/core/arrow`).
 */
export interface ActivationBatch {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly field: ActivationField; readonly tensor: Tensor }[];
}
