const COMPLEX = 'complex numbers are not represented';
const STRINGS = 'strings have no place on a device';
const DYNAMIC = 'the shape of the result depends on values; compiled programs have fixed shapes';
const IMAGES = 'browser images are not represented';
const NEVER_RUN = 'no op of TensorFlow.js runs it: they compose other kernels';
const UNUSED = 'not lowered yet: nothing in the covered papers uses it';

/** Kernels of tfjs-core without a lowering, and why. */
export const unsupportedKernels: Readonly<Record<string, string>> = {
  BroadcastArgs: 'it computes shapes from values; shapes are static here',
  Complex: COMPLEX,
  ComplexAbs: COMPLEX,
  CropAndResize: UNUSED,
  Dilation2D: UNUSED,
  Dilation2DBackpropFilter: UNUSED,
  Dilation2DBackpropInput: UNUSED,
  Draw: IMAGES,
  FFT: COMPLEX,
  FromPixels: IMAGES,
  IFFT: COMPLEX,
  Imag: COMPLEX,
  LowerBound: NEVER_RUN,
  MatrixBandPart: NEVER_RUN,
  MaxPoolWithArgmax: UNUSED,
  Multinomial: 'its random numbers are not reproducible; draw with the keys of @basinlab/core/random',
  NonMaxSuppressionV3: DYNAMIC,
  NonMaxSuppressionV4: DYNAMIC,
  NonMaxSuppressionV5: DYNAMIC,
  Pool: NEVER_RUN,
  RaggedGather: DYNAMIC,
  RaggedRange: DYNAMIC,
  RaggedTensorToTensor: DYNAMIC,
  Real: COMPLEX,
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
