export { decodeSafetensors, encodeSafetensors } from './codec.js';
export type { SafetensorsContent, StoredTensor } from './codec.js';
export type { SafetensorsDtype, TensorData } from './dtypes.js';
