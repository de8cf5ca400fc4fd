import { availableParallelism } from 'node:os';

// An engine of every worker, each with as many threads as there are cores, takes a third longer on heavy tests than each with its share. Tests of several devices ask for them.
const workers = Math.max(2, availableParallelism() - 1);
process.env['NPROC'] ??= String(Math.max(1, Math.floor(availableParallelism() / workers)));

// Tests run from the TypeScript sources: the export condition "basinlab-source" leads every @basinlab import to src/.
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['basinlab-source', 'node', 'default'] },
  roots: ['<rootDir>/packages'],
  testMatch: ['**/src/**/*.test.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Templates of plugins are written for vitest; here they are tested like everything else.
    '^@basinlab/core/testing/vitest$': '<rootDir>/packages/core/src/testing/jest.ts',
  },
  transform: {
    '^.+\\.ts$': ['<rootDir>/tools/jest/transform.mjs', { jsc: { target: 'es2023', parser: { syntax: 'typescript', decorators: true } } }],
    '/@tensorflow/.+\\.js$': '<rootDir>/tools/jest/transform.mjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!@tensorflow/)'],
  // What a test trusts is not for the user's own settings.
  globalSetup: '<rootDir>/tools/jest/start.mjs',
  globalTeardown: '<rootDir>/tools/jest/end.mjs',
  setupFiles: ['<rootDir>/tools/jest/settings.mjs'],
  testTimeout: 60_000,
  // Two at least: on two cores jest alone would take one, and leave the other idle while it loads modules.
  maxWorkers: workers,
};
