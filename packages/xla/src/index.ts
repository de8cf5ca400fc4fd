export { engineInfo, registerXla, setPrecision, xlaEngine } from './backend/register.js';
export type { XlaOptions } from './backend/register.js';
export type { Precision } from './hlo/index.js';
