export { decodeArray, decodeSafetensors, encodeSafetensors } from './codec.js';
export type { SafetensorsContent, StoredTensor } from './codec.js';
export { bytesPerElement } from './dtypes.js';
export type { SafetensorsDtype, TensorData } from './dtypes.js';
