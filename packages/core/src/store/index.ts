export { decodeSafetensors, encodeSafetensors } from './safetensors/index.js';
export type { SafetensorsContent, SafetensorsDtype, StoredTensor, TensorData } from './safetensors/index.js';
