/**
 * The symmetry group that acts on one axis of a parameter. Axes with the same `group` are moved together: permuting the rows of a layer's
 * weight, its bias and norm, and the columns of the next layer's weight by the same element leaves the function unchanged.
 */
export interface GroupAxis {
  /** What the group may do to its units; the same on all of its axes. Default `permutation`. */
  readonly kind?: GroupKind;
  /** Name of the group, shared by every axis on which it acts, for example `layers.0` for the hidden units of layer 0. */
  readonly group: string;
  /** Consecutive entries of the axis that one group element moves as a block (attention heads, flattened feature maps). Default 1. */
  readonly block?: number;
}

/** What a group may do to its units: exchange them, or any orthogonal map of them (a rotation, with or without reflections). */
export type GroupKind = 'permutation' | 'orthogonal';

/** A range of indices: of a group's units, or of things that stay where they are. */
export interface AxisFactor {
  readonly group: string | null;
  /** As in {@link GroupAxis}. */
  readonly kind?: GroupKind;
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

/** An orthogonal map in the convention `new[i] = sum_j matrix[i, j] old[j]`; for groups of that kind. */
export interface OrthogonalElement {
  readonly kind: 'orthogonal';
  /** [size, size] row-major. */
  readonly matrix: Float64Array;
  readonly size: number;
}

/**
 * A soft permutation in the convention `new[i] = sum_j matrix[i, j] old[j]`: columns of no negative numbers that sum to 1, so that every unit is given away whole. It mixes units, so that the function
 * changes, and cannot be undone.
 */
export interface StochasticElement {
  readonly kind: 'stochastic';
  /** [size, size] row-major. */
  readonly matrix: Float64Array;
  readonly size: number;
}

/** What moves the units of one group. */
export type GroupElement = PermutationElement | OrthogonalElement | StochasticElement;
/** An element of a network's symmetry group: one group element per group that moves; the others stay. */
export type SymmetryTransform = Readonly<Record<string, GroupElement>>;
