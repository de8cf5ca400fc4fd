const CLAMPED = 'an index out of range is clamped into it; `cpu` throws';
const DROPPED = 'an index out of range is dropped; `cpu` throws';
const NAN_ANYWHERE = 'a NaN in the first place is passed over like any other; `cpu` gives that place';
const BY_ZERO = 'an integer divided by 0 gives what the engine gives; `cpu` gives 0';
const LOGICAL_BOOL = 'of two bools: 1 where the result is not 0; `cpu` stores the number in a bool';
const CLOSED_FORM = 'entries are start + i * step; `cpu` adds up the steps and their rounding errors';

/** Where results differ from those of tfjs' `cpu` backend on purpose. */
export const kernelDifferences: Readonly<Record<string, string>> = {
  Add: LOGICAL_BOOL,
  ArgMax: NAN_ANYWHERE,
  ArgMin: NAN_ANYWHERE,
  AvgPool: 'of a window that covers nothing: 0; `cpu` gives NaN',
  AvgPool3DGrad:
    'where windows reach over the border it divides by the entries inside, as the forward pass does; `cpu` divides by the whole window',
  AvgPoolGrad:
    'where windows reach over the border it divides by the entries inside, as the forward pass does; `cpu` divides by the whole window',
  BatchMatMul: 'batches may broadcast both ways; `cpu` pairs the wrong matrices then',
  Bincount: 'negative entries are dropped; `cpu` throws',
  Cast: 'a float beyond int32 becomes the nearest int32 and NaN becomes 0; `cpu` wraps around',
  DenseBincount: 'negative entries are dropped; `cpu` throws',
  Einsum: 'takes any number of operands, `cpu` two, which has letters of only one operand wrong',
  Erf: 'accurate to float32; `cpu` to 1.5e-7',
  FloorDiv: BY_ZERO,
  GatherNd: CLAMPED,
  GatherV2: CLAMPED,
  LinSpace: CLOSED_FORM,
  Max: 'of nothing: -Infinity (int32: the smallest); `cpu` gives NaN',
  Min: 'of nothing: Infinity (int32: the largest); `cpu` gives NaN',
  Mod: BY_ZERO,
  Multiply: LOGICAL_BOOL,
  Range: CLOSED_FORM,
  ResizeBilinearGrad: 'minds halfPixelCenters, and height and width of the result are not exchanged',
  ResizeNearestNeighborGrad: 'minds halfPixelCenters, and every image of the batch gets its own gradient',
  ScatterNd: DROPPED,
  SearchSorted: 'compares each value with all entries: for short sequences',
  Select: 'a condition of rank 1 chooses rows; `cpu` repeats the first entry of each row',
  SparseToDense: DROPPED,
  TensorScatterUpdate: `${DROPPED}; which of two updates of one entry wins is not defined`,
  UnsortedSegmentSum: 'negative and too large ids are dropped, as in `cpu`; one pass instead of one per segment',
};
