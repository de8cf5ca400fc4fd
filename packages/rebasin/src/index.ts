export * from './lap/index.js';
