export { decodeArray, decodeSafetensors, encodeSafetensors, safetensorsParts } from './codec.js';
export type { SafetensorsContent, StoredTensor, TensorsToWrite } from './codec.js';
export { bytesPerElement } from './dtypes.js';
export type { SafetensorsDtype, TensorData } from './dtypes.js';
