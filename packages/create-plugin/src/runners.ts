/** What a package needs to be tested by one runner. */
interface RunnerSetup {
  /** The script `test`. */
  readonly test: string;
  /** Packages; their versions are those that this package was tested with. */
  readonly packages: readonly string[];
}

/** Test runners that a package can be made for: vitest runs the sources, the others what the compiler made of them. */
export const runners = {
  vitest: { test: 'vitest run', packages: ['vitest'] },
  jest: {
    test: 'npm run build && node --experimental-vm-modules --no-warnings node_modules/jest/bin/jest.js',
    packages: ['jest', '@jest/globals'],
  },
  node: { test: 'npm run build && node --test dist/*.test.js', packages: [] },
} as const satisfies Readonly<Record<string, RunnerSetup>>;

/** Name of a runner as it is typed; its adapter is `@basinlab/core/testing/<name>`. */
export type Runner = keyof typeof runners;

/** Whether a text is the name of a runner. */
export const isRunner = (text: string): text is Runner => Object.hasOwn(runners, text);
