export { engineInfo, registerXla, setPrecision } from './backend/register.js';
export type { XlaOptions } from './backend/register.js';
export type { Precision } from './hlo/index.js';
