/**
 * The symmetry group that acts on one axis of a parameter. Axes with the same `group` are moved together: permuting the rows of a layer's
 * weight, its bias and norm, and the columns of the next layer's weight by the same element leaves the function unchanged.
 */
export interface GroupAxis {
  /** Name of the group, shared by every axis on which it acts, for example `layers.0` for the hidden units of layer 0. */
  readonly group: string;
  /** Consecutive entries of the axis that one group element moves as a block (attention heads, flattened feature maps). Default 1. */
  readonly block?: number;
}

/** A range of indices: of a group's units, or of things that stay where they are. */
export interface AxisFactor {
  readonly group: string | null;
  readonly size: number;
}

/**
 * An axis on which more than one group acts, or one group in another way than on whole blocks. It is a row of segments, one after another
 * (the channels of two concatenated feature maps); the entries of a segment are counted row-major over its factors (positions x channels,
 * heads x units of a head), each of which its own group may move. A segment without factors is one entry that stays.
 */
export interface CompositeAxis {
  readonly group?: undefined;
  readonly segments: readonly (readonly AxisFactor[])[];
}

/** What moves an axis; null where nothing does. */
export type AxisSymmetry = GroupAxis | CompositeAxis;

/** A permutation in the convention `new[i] = old[indices[i]]`. */
export interface PermutationElement {
  readonly kind: 'permutation';
  readonly indices: Int32Array;
}

/** One group element per group name; a group that is absent is left as it is. Other element kinds (orthogonal, invertible) join this union. */
export type GroupElement = PermutationElement;
/** An element of a network's symmetry group: one group element per group that moves; the others stay. */
export type SymmetryTransform = Readonly<Record<string, GroupElement>>;
