/**
 * The argument structs of the functions that are called, as of PJRT C API 0.104 (names follow `pjrt_c_api.h`, in camel case). A plugin of an older
 * minor version reads a prefix of them.
 */
import { layout } from './struct.js';

export const errorArgs = layout({ error: 'pointer', message: 'pointer', messageSize: 'size' });
export const errorCodeArgs = layout({ error: 'pointer', code: 'int32' });
export const errorDestroyArgs = layout({ error: 'pointer' });
export const emptyArgs = layout({});
export const attributesArgs = layout({ attributes: 'pointer', count: 'size' });

export const eventArgs = layout({ event: 'pointer' });
export const eventReadyArgs = layout({ event: 'pointer', ready: 'bool' });

export const clientCreateArgs = layout({
  options: 'pointer',
  optionCount: 'size',
  getCallback: 'pointer',
  getArgument: 'pointer',
  putCallback: 'pointer',
  putArgument: 'pointer',
  client: 'pointer',
  tryGetCallback: 'pointer',
  tryGetArgument: 'pointer',
});
export const handleArgs = layout({ handle: 'pointer' });
export const handleTextArgs = layout({ handle: 'pointer', text: 'pointer', textSize: 'size' });
export const handleListArgs = layout({ handle: 'pointer', list: 'pointer', count: 'size' });
export const handleHandleArgs = layout({ handle: 'pointer', result: 'pointer' });
export const handleIntArgs = layout({ handle: 'pointer', result: 'int32' });
export const handleSizeArgs = layout({ handle: 'pointer', result: 'size' });
export const handleFlagArgs = layout({ handle: 'pointer', result: 'bool' });

export const memoryStatsArgs = layout({
  handle: 'pointer',
  bytesInUse: 'int64',
  peakBytesInUse: 'int64',
  peakBytesInUseIsSet: 'bool',
  numAllocs: 'int64',
  numAllocsIsSet: 'bool',
  largestAllocSize: 'int64',
  largestAllocSizeIsSet: 'bool',
  bytesLimit: 'int64',
  bytesLimitIsSet: 'bool',
  bytesReserved: 'int64',
  bytesReservedIsSet: 'bool',
  peakBytesReserved: 'int64',
  peakBytesReservedIsSet: 'bool',
  bytesReservableLimit: 'int64',
  bytesReservableLimitIsSet: 'bool',
  largestFreeBlockBytes: 'int64',
  largestFreeBlockBytesIsSet: 'bool',
  poolBytes: 'int64',
  poolBytesIsSet: 'bool',
  peakPoolBytes: 'int64',
  peakPoolBytesIsSet: 'bool',
});

export const bufferFromHostArgs = layout({
  client: 'pointer',
  data: 'pointer',
  type: 'int32',
  dims: 'pointer',
  dimCount: 'size',
  byteStrides: 'pointer',
  byteStrideCount: 'size',
  semantics: 'int32',
  device: 'pointer',
  memory: 'pointer',
  deviceLayout: 'pointer',
  doneWithHostBuffer: 'pointer',
  buffer: 'pointer',
});
export const copyToDeviceArgs = layout({ buffer: 'pointer', device: 'pointer', copy: 'pointer' });
export const toHostArgs = layout({
  buffer: 'pointer',
  hostLayout: 'pointer',
  destination: 'pointer',
  destinationSize: 'size',
  event: 'pointer',
});

export const program = layout({ code: 'pointer', codeSize: 'size', format: 'pointer', formatSize: 'size' });
export const compileArgs = layout({
  client: 'pointer',
  program: 'pointer',
  options: 'pointer',
  optionsSize: 'size',
  executable: 'pointer',
});
export const outputTypesArgs = layout({ executable: 'pointer', types: 'pointer', count: 'size' });
export const outputDimensionsArgs = layout({ executable: 'pointer', count: 'size', dims: 'pointer', dimCounts: 'pointer' });
export const serializeArgs = layout({ executable: 'pointer', bytes: 'pointer', byteCount: 'size', owner: 'pointer', deleter: 'pointer' });
export const deserializeArgs = layout({
  client: 'pointer',
  bytes: 'pointer',
  byteCount: 'size',
  executable: 'pointer',
  options: 'pointer',
  optionsSize: 'size',
});
export const executeOptions = layout({
  sendCallbacks: 'pointer',
  receiveCallbacks: 'pointer',
  sendCount: 'size',
  receiveCount: 'size',
  launchId: 'int32',
  nonDonatable: 'pointer',
  nonDonatableCount: 'size',
  context: 'pointer',
  callLocation: 'pointer',
  taskCount: 'size',
  taskIds: 'pointer',
  incarnationIds: 'pointer',
  multiSliceConfig: 'pointer',
});
export const executeArgs = layout({
  executable: 'pointer',
  options: 'pointer',
  argumentLists: 'pointer',
  deviceCount: 'size',
  argumentCount: 'size',
  outputLists: 'pointer',
  completeEvents: 'pointer',
  executeDevice: 'pointer',
});
