const STRINGS = 'strings have no place on a device';
const DYNAMIC = 'the shape of the result depends on values; compiled programs have fixed shapes';
const IMAGES = 'browser images are not represented';
const NEVER_RUN = 'no op of TensorFlow.js runs it: they compose other kernels';
const UNUSED = 'nobody has lowered it yet';

/** Kernels of tfjs-core without a lowering, and why: outside compiled functions the library's own `cpu` kernels run them on the host, where it has one. */
export const unloweredKernels: Readonly<Record<string, string>> = {
  BroadcastArgs: 'it computes shapes from values; shapes are static here',
  CropAndResize: UNUSED,
  Dilation2D: UNUSED,
  Dilation2DBackpropFilter: UNUSED,
  Dilation2DBackpropInput: UNUSED,
  Draw: IMAGES,
  FromPixels: IMAGES,
  LowerBound: NEVER_RUN,
  MatrixBandPart: NEVER_RUN,
  MaxPoolWithArgmax: UNUSED,
  Multinomial: 'it draws on the host; keys of @basinlab/tensor/random give numbers that can be reproduced',
  NonMaxSuppressionV3: DYNAMIC,
  NonMaxSuppressionV4: DYNAMIC,
  NonMaxSuppressionV5: DYNAMIC,
  Pool: NEVER_RUN,
  RaggedGather: DYNAMIC,
  RaggedRange: DYNAMIC,
  RaggedTensorToTensor: DYNAMIC,
  RotateWithOffset: UNUSED,
  SparseFillEmptyRows: DYNAMIC,
  SparseReshape: 'it computes shapes from values; shapes are static here',
  SparseSegmentMean: DYNAMIC,
  SparseSegmentSum: DYNAMIC,
  StaticRegexReplace: STRINGS,
  StringNGrams: STRINGS,
  StringSplit: STRINGS,
  StringToHashBucketFast: STRINGS,
  Transform: UNUSED,
  Unique: DYNAMIC,
  UpperBound: NEVER_RUN,
};
