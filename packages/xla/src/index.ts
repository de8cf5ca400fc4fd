export { engineInfo, registerXla, setPrecision, xlaEngine } from './register.js';
export type { XlaOptions } from './register.js';
export type { Precision } from './hlo/index.js';
export { endAtSecond } from './pjrt/index.js';
