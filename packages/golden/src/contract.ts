/** One tensor of a fixture, row-major. float32, float64 and int32 occur. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'float64' | 'int32';
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** How an expected tensor is compared: integers exactly, floats by `|got - expected| <= atol + rtol * |expected|`. */
export interface GoldenTolerance {
  readonly rtol?: number;
  readonly atol?: number;
  /** Integers: true means equal entry by entry. */
  readonly exact?: boolean;
  /** `objective only`: an assignment with ties, judged by the objectives beside it and not entry by entry. */
  readonly compare?: string;
}

/** A tensor that must be reproduced, and how closely. */
export interface ExpectedTensor extends GoldenTensor {
  readonly tolerance: GoldenTolerance;
}

/** One fixture of a folder: numbers given to the implementation under test and numbers it must reproduce. */
export interface GoldenFixture {
  readonly id: string;
  /** The id up to its first dot: what a check is found by. */
  readonly kind: string;
  /** Sizes, names and options, as the folder's index gives them. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly expected: Readonly<Record<string, ExpectedTensor>>;
}

/** Recomputes the expected tensors of the fixtures of some kinds from their inputs alone. */
export interface GoldenCheck {
  /** Kinds this check knows: beginnings of ids, up to a dot. Of two that begin an id the longer one counts. */
  readonly kinds: readonly string[];
  /** Why a fixture of a known kind cannot be computed here (an architecture that does not exist yet): it is then reported as skipped. */
  unsupported?(fixture: GoldenFixture): string | undefined;
  /**
   * Every expected tensor by name, row-major, with as many entries as expected; a name that is left out counts as a failure. What a
   * fixture requires beyond numbers (an input that must be refused) is checked here and thrown as an error. Must not read `expected`
   * values, only its names and shapes. Tensors made meanwhile are disposed afterwards.
   */
  compute(fixture: GoldenFixture): Promise<Readonly<Record<string, ArrayLike<number>>>>;
}
