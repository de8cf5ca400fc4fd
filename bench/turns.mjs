import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { consume } from '@basinlab/core/pipeline';
import { trainPopulation } from '@basinlab/core/training';

// Participants of a comparison take turns, so that whatever else the machine does slows all of them alike.

/** A training run that stands still between its epochs: `turn()` runs one and resolves to its seconds. */
export function trainingTurns(plan) {
  let start = 0;
  let pending = null;
  let release = null;
  let subscription = null;
  const stream = trainPopulation({ ...plan, epochs: Infinity }).pipe(
    consume(async ({ kind }) => {
      if (kind !== 'metric') return;
      const { resolve } = pending;
      await new Promise((next) => {
        release = next;
        resolve((performance.now() - start) / 1000);
      });
    }),
  );
  return {
    turn: () =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        start = performance.now();
        if (subscription === null) subscription = stream.subscribe({ error: (error) => pending.reject(error) });
        else release();
      }),
    end: () => {
      subscription?.unsubscribe();
      release?.();
    },
  };
}

/** A baseline program that waits for a line before each turn; `turn()` resolves to the list it answers with, one entry per name in `names`. */
export async function baselineTurns(python, program, args) {
  const script = fileURLToPath(new URL(`baselines/${program}.py`, import.meta.url));
  const child = spawn(python, [script, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`bench: ${program}.py ended with ${code}`);
  });
  ended.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await Promise.race([lines.next(), ended])).value);
  return {
    names: await answer(),
    turn: () => {
      child.stdin.write('\n');
      return answer();
    },
    end: () => child.stdin.end(),
  };
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
