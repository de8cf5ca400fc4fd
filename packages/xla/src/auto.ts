import { registerXla } from './register.js';

// One import takes a program of TensorFlow.js to XLA: the best plugin of this machine becomes its backend before the next line runs.
await registerXla();

export {};
