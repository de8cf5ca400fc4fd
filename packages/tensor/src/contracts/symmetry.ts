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
  /** What the entries are to the units. Default: their values. */
  readonly as?: AxisRole;
  /** Units of each nest, for `nested-permutation`. */
  readonly nest?: number;
}

/**
 * What a group may do to its units: exchange them (`permutation`), with any signs (`signed-permutation`, what RMSNorm with its gains leaves of rotations), with any
 * factors above 0 (`scaled-permutation`, before activations that are homogeneous, such as ReLU), exchange them with the coordinates that each has in planes, every plane of every unit turned by an
 * angle of its own (`rotated-permutation`, what rotary positions leave of the keys of heads; the planes are named by {@link AxisFactor.planesOf}), exchange nests of equally many units as wholes, and the units within each nest (`nested-permutation`, a wreath product:
 * experts, and the hidden units of each), any orthogonal map of them (`orthogonal`: a rotation, with or
 * without reflections), or any map that can be undone (`invertible`).
 */
export type GroupKind =
  'permutation' | 'signed-permutation' | 'scaled-permutation' | 'rotated-permutation' | 'nested-permutation' | 'orthogonal' | 'invertible';

/**
 * What entries of an axis are to the units of a group: `values`, which an element M moves by M; `reads`, weights that read the units, which it moves by the inverse
 * of M transposed, so that what is read stays (the same thing for signed permutations and orthogonal maps); `gains`, which belong to units whatever their
 * sign, and are moved by the sizes of M's entries; or `nests`, one entry for each nest of units, moved as the nests are.
 */
export type AxisRole = 'values' | 'reads' | 'gains' | 'nests';

/** A range of indices: of a group's units, or of things that stay where they are. */
export interface AxisFactor {
  readonly group: string | null;
  /** As in {@link GroupAxis}. */
  readonly kind?: GroupKind;
  /** As in {@link GroupAxis}. */
  readonly as?: AxisRole;
  /** As in {@link GroupAxis}. */
  readonly nest?: number;
  /** Entries: units, or nests where that is what they are. */
  readonly size: number;
  /**
   * Of entries that no group exchanges: the group of kind `rotated-permutation` of whose units they are the coordinates, that of the one factor of this group in the segment. Coordinates i and
   * i + size / 2 span plane i, which an element turns by the angle that the unit has for it.
   */
  readonly planesOf?: string;
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

/** A permutation with a factor for every unit, in the convention `new[i] = scales[i] * old[indices[i]]`: 1 or -1, or above 0, as the group's kind says. */
export interface MonomialElement {
  readonly kind: 'monomial';
  readonly indices: Int32Array;
  readonly scales: Float64Array;
}

/**
 * A permutation with an angle for every plane of every unit: coordinates x = old[indices[i], p] and y = old[indices[i], p + planes] become cos(t) x - sin(t) y and sin(t) x + cos(t) y with
 * t = angles[i, p]. Entries that are no coordinates (see {@link AxisFactor.planesOf}) move with their unit.
 */
export interface RotatedElement {
  readonly kind: 'rotated';
  readonly indices: Int32Array;
  /** [units, planes] row-major, radians. */
  readonly angles: Float64Array;
}

/** A map that can be undone, in the convention `new[i] = sum_j matrix[i, j] old[j]`; for groups of that kind. */
export interface InvertibleElement {
  readonly kind: 'invertible';
  /** [size, size] row-major. */
  readonly matrix: Float64Array;
  readonly size: number;
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
export type GroupElement =
  PermutationElement | MonomialElement | RotatedElement | OrthogonalElement | InvertibleElement | StochasticElement;
/** An element of a network's symmetry group: one group element per group that moves; the others stay. */
export type SymmetryTransform = Readonly<Record<string, GroupElement>>;
