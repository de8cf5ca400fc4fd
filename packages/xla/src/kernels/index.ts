export type { Lowering } from './lowering.js';
