import * as tf from '@tensorflow/tfjs-core';
import type { ZodType } from 'zod';
import * as assert from '../assert.js';

/** One property that a plugin must have. `run` throws where it does not; it needs no test runner. */
export interface Check {
  readonly name: string;
  readonly run: () => void | Promise<void>;
  /** Milliseconds that it may take, where that is more than a test runner allows. */
  readonly timeout?: number;
}

/** What every plugin of a family must do, as checks of one plugin. `@basinlab/core/testing/jest`, `/vitest` and `/node` turn it into tests. */
export interface Contract {
  /** The family and the plugin, for example `symmetry breaking w`. */
  readonly name: string;
  readonly checks: readonly Check[];
}

/** A contract whose checks wait for the tfjs backend that was selected. */
export function contractOf(name: string, checks: readonly Check[]): Contract {
  const ready = (run: Check['run']) => async (): Promise<void> => {
    await tf.ready();
    await run();
  };
  return { name, checks: checks.map((check) => ({ name: check.name, run: ready(check.run) })) };
}

/** The checks of one example, named after its options. */
export function forExample(example: { readonly options: unknown }, checks: readonly Check[]): Check[] {
  return checks.map(({ name, run }) => ({ name: `${JSON.stringify(example.options)}: ${name}`, run }));
}

/** The id can be typed on a command line; the summary, where the family has one, fits a table. */
export function identityChecks({ id, summary }: { readonly id: string; readonly summary?: string }): Check[] {
  return [
    { name: 'the id is lower-case words joined by "-"', run: () => assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/) },
    { name: 'the summary, if any, is one line of 4 to 120 characters', run: () => assert.match(summary ?? 'none', /^\S.{3,119}$/) },
  ];
}

/** Options survive the run's config.json: parsed options are JSON, parse again to themselves, and a misspelt option is refused. */
export function optionChecks(schema: ZodType, options: unknown): Check[] {
  return [
    {
      name: 'resolved options are JSON and parse to themselves',
      run() {
        const resolved = schema.parse(options);
        const stored: unknown = JSON.parse(JSON.stringify(resolved));
        assert.deepEqual(stored, resolved);
        assert.deepEqual(schema.parse(stored), resolved);
      },
    },
    {
      name: 'an unknown option is refused',
      run: () => assert.equal(schema.safeParse({ ...(options as object), 'no-such-option': 1 }).success, false, 'use z.strictObject'),
    },
  ];
}

/** Fails where `action` leaves tensors behind that it does not return. */
export async function assertNoLeak(action: () => unknown): Promise<void> {
  const before = tf.memory().numTensors;
  await action();
  assert.equal(tf.memory().numTensors - before, 0, 'tensors were left behind');
}
