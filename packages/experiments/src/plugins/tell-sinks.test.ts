import { expect, test } from '@jest/globals';
import type { RunEvent, Sink } from '@basinlab/core';
import { createRegistry } from '@basinlab/core/container';
import { z } from 'zod';
import { tellSinks } from './tell-sinks.js';

const event: RunEvent = { kind: 'metric', stage: 'train', rows: [{ name: 'loss', value: 1 }] };
const run = { name: 'w', config: {} };

/** A sink that keeps what it is told, and what was said where it failed. */
function watched({ opens = true } = {}) {
  const [told, said]: [string[], string[]] = [[], []];
  const sink: Sink = {
    id: 'watched',
    summary: 'keeps what it is told',
    options: z.strictObject({}),
    open: async ({ name }) => {
      if (!opens) throw new Error('no room');
      told.push(`open ${name}`);
      return { write: async ({ kind }) => void told.push(kind), close: async (status) => void told.push(status) };
    },
  };
  const registry = createRegistry().register('sink', sink);
  return { told, said, tell: tellSinks(['watched'], registry, (line) => void said.push(line)) };
}

test('a run is opened by its first event, and closed as it ended', async () => {
  const { told, tell } = watched();
  const seen: RunEvent[] = [];
  const emit = (one: RunEvent): void => void seen.push(one);
  await tell(run, emit, async () => 'nothing to do');
  expect(told).toEqual([]);
  const works = await tell(run, emit, async (inner) => {
    inner(event);
    return 3;
  });
  expect({ works, seen, told }).toEqual({ works: 3, seen: [event], told: ['open w', 'metric', 'finished'] });
  const fails = tell(run, emit, async (inner) => {
    inner(event);
    throw new Error('full disk');
  });
  await expect(fails).rejects.toThrow('full disk');
  expect(told.slice(3)).toEqual(['open w', 'metric', 'failed']);
});

test('a sink that cannot be opened is told of once, and the run goes on', async () => {
  const { said, tell } = watched({ opens: false });
  const result = await tell(
    run,
    () => undefined,
    async (emit) => {
      emit(event);
      emit(event);
      return 'done';
    },
  );
  expect({ result, said }).toEqual({ result: 'done', said: ['basinlab: sink watched stopped: no room'] });
});
