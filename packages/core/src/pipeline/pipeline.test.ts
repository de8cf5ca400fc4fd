import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { BasinlabError } from '@basinlab/tensor';
import { concat, firstValueFrom, from, map, Subject, take, toArray } from 'rxjs';
import type { RunEvent } from '../contracts/run-event.js';
import { abortable, consume, drain, gather, inStep, onDemand, pull, recordEvents, StageError, stopped } from './index.js';

/** Counts up from 0, noting what is made and how it ends. */
function counter(log: string[], count = Infinity) {
  return async function* (signal: AbortSignal) {
    try {
      for (let i = 0; i < count && !signal.aborted; i++) {
        await delay(1);
        log.push(`made ${i}`);
        yield i;
      }
    } finally {
      log.push('closed');
    }
  };
}

const progress = (done: number, total = 10, name = 'train'): RunEvent => ({ kind: 'progress', stage: name, done, total, unit: 'steps' });

describe('a source on demand', () => {
  test('does nothing before someone subscribes, and starts anew for each', async () => {
    const log: string[] = [];
    const source = onDemand(counter(log, 2));
    await delay(5);
    expect(log).toEqual([]);
    expect(await firstValueFrom(source.pipe(toArray()))).toEqual([0, 1]);
    expect(await firstValueFrom(source.pipe(toArray()))).toEqual([0, 1]);
  });

  test('lets a signal stop what never waits', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    let made = 0;
    // It ends some time, so that this fails, and does not hang, where nothing stops it.
    const busy = onDemand(function* () {
      while (made < 200) {
        const until = performance.now() + 10;
        while (performance.now() < until);
        yield (made += 1);
      }
    });
    await expect(drain(busy, { signal: stop.signal, onEvent: () => undefined })).rejects.toThrow();
    expect(made).toBeLessThan(100);
  });

  test('makes the next item only when the last is used up, through operators and several consumers', async () => {
    const log: string[] = [];
    const work = (name: string) => async (item: number) => {
      log.push(`${name} begins ${item}`);
      await delay(4);
      log.push(`${name} ends ${item}`);
      return item;
    };
    await drain(
      onDemand(counter(log, 2)).pipe(
        map((item) => item * 10),
        consume(work('a')),
        consume(work('b')),
      ),
    );
    const steps = (i: number, item: number) => [`made ${i}`, `a begins ${item}`, `a ends ${item}`, `b begins ${item}`, `b ends ${item}`];
    expect(log).toEqual([...steps(0, 0), ...steps(1, 10), 'closed']);
  });

  test('two sources that run at once wait for their own consumers only', async () => {
    const slow = drain(onDemand(counter([], 3)), { onEvent: () => delay(30) });
    const log: string[] = [];
    await drain(onDemand(counter(log, 5)), { onEvent: () => delay(1) });
    expect(log).toHaveLength(6);
    await slow;
  });

  test('takes plain iterables, and items that come together keep their order', async () => {
    const seen: number[] = [];
    await drain(from([3, 1, 2]), {
      onEvent: async (item) => {
        await delay(item);
        seen.push(item);
      },
    });
    expect(seen).toEqual([3, 1, 2]);
    expect(await drain(onDemand(() => [1, 2]))).toBe(2);
    expect(await drain(onDemand(() => []))).toBeUndefined();
  });
});

describe('cancelling', () => {
  test('stops within one step, closes the source and begins no further work', async () => {
    const log: string[] = [];
    const seen: number[] = [];
    const subscription = onDemand(counter(log)).subscribe((item) => {
      seen.push(item);
      if (item === 2) subscription.unsubscribe();
    });
    await new Promise<void>((resolve) => subscription.add(resolve));
    await stopped();
    expect(seen).toEqual([0, 1, 2]);
    expect(log).toEqual(['made 0', 'made 1', 'made 2', 'closed']);
  });

  test('in the middle of a step lets that step end, delivers nothing of it, and can be waited for', async () => {
    const log: string[] = [];
    const source = onDemand(async function* (signal) {
      try {
        yield 0;
        await delay(20);
        log.push(`step ended, aborted ${signal.aborted}`);
        yield 1;
        log.push('never');
      } finally {
        await delay(5);
        log.push('cleaned up');
      }
    });
    const seen: number[] = [];
    const subscription = source.subscribe((item) => seen.push(item));
    while (seen.length === 0) await delay(1);
    subscription.unsubscribe();
    await stopped();
    expect([seen, log]).toEqual([[0], ['step ended, aborted true', 'cleaned up']]);
  });

  test('reaches work in progress by its signal, and no waiting item is worked on', async () => {
    const begun: number[] = [];
    let aborted = false;
    const work = async (item: number, signal: AbortSignal) => {
      begun.push(item);
      await delay(1000, undefined, { signal }).catch(() => (aborted = true));
    };
    const subscription = from([1, 2, 3]).pipe(consume(work)).subscribe();
    while (begun.length === 0) await delay(1);
    subscription.unsubscribe();
    while (!aborted) await delay(1);
    await delay(5);
    expect(begun).toEqual([1]);
  });

  test('take(n) makes n items', async () => {
    const log: string[] = [];
    await firstValueFrom(onDemand(counter(log)).pipe(take(2), toArray()));
    await stopped();
    expect(log).toEqual(['made 0', 'made 1', 'closed']);
  });

  test('drain rejects with the reason once the run is at rest', async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const running = drain(onDemand(counter(log)), {
      signal: controller.signal,
      onEvent: (item) => void (item === 1 && controller.abort(reason)),
    });
    await expect(running).rejects.toBe(reason);
    expect(log).toEqual(['made 0', 'made 1', 'closed']);
    await expect(drain(onDemand(counter(log)), { signal: controller.signal })).rejects.toBe(reason);
    expect(log).toHaveLength(3);
  });
});

describe('errors', () => {
  test('carry stage, plugin, cause and exit code', () => {
    const cause = new BasinlabError('adamw', 'loss must be finite', NaN, { exitCode: 2 });
    expect(new StageError({ stage: 'train', plugin: 'adamw' }, cause)).toMatchObject({
      message: 'train (adamw): adamw: loss must be finite, got null',
      stage: 'train',
      plugin: 'adamw',
      cause,
      exitCode: 2,
    });
    expect(new StageError({ stage: 'lmc' }, 'text')).toMatchObject({ message: 'lmc: text', plugin: undefined, exitCode: 1 });
  });

  test('in a consumer stop the source; the stages behind never start', async () => {
    const log: string[] = [];
    const boom = async () => {
      throw new Error('boom');
    };
    const run = concat(onDemand(counter(log)), onDemand(counter(log))).pipe(consume(boom));
    await expect(drain(run)).rejects.toThrow('boom');
    await stopped();
    expect(log).toEqual(['made 0', 'closed']);
  });
});

test('events are recorded one after another before they are passed on', async () => {
  const kept: string[] = [];
  const sink = {
    append: async (event: RunEvent) => {
      await delay(2);
      kept.push(event.kind);
    },
  };
  const metric: RunEvent = { kind: 'metric', stage: 'train', rows: [] };
  const run = onDemand(() => [progress(1), metric, metric]);
  await drain(run.pipe(recordEvents(sink, ['metric'])), { onEvent: ({ kind }) => void kept.push(`seen ${kind}`) });
  expect(kept).toEqual(['seen progress', 'metric', 'seen metric', 'metric', 'seen metric']);
});

describe('a pass that is shared', () => {
  test('begins when every place is taken or given up, and waits for the slowest', async () => {
    const log: string[] = [];
    const [a, b, c] = gather(onDemand(counter(log, 2)), 3);
    const listen = (name: string, place: typeof a & object, pause: number) =>
      drain(place.items, { onEvent: async (item) => void (await delay(pause), log.push(`${name} ${item}`)) });
    const first = listen('a', a!, 1);
    await delay(5);
    expect(log).toEqual([]);
    c!.release();
    await Promise.all([first, listen('b', b!, 10)]);
    expect(log).toEqual(['made 0', 'a 0', 'b 0', 'made 1', 'a 1', 'b 1', 'closed']);
  });

  test('goes on while anyone listens, and is cancelled with the last', async () => {
    const log: string[] = [];
    const [a, b] = gather(onDemand(counter(log)), 2);
    const both = [firstValueFrom(a!.items.pipe(take(1))), firstValueFrom(b!.items.pipe(take(2), toArray()))];
    expect(await Promise.all(both)).toEqual([0, [0, 1]]);
    await stopped();
    expect(log).toEqual(['made 0', 'made 1', 'closed']);
    await expect(firstValueFrom(a!.items)).rejects.toThrow('can be taken once');
  });
});

describe('sources in step', () => {
  test('deliver their items side by side, none ahead of the others', async () => {
    const log: string[] = [];
    const rows = await firstValueFrom(
      inStep([onDemand(counter(log, 2)), onDemand(counter([], 2)).pipe(map((item) => item + 10))]).pipe(toArray()),
    );
    expect(rows).toEqual([
      [0, 10],
      [1, 11],
    ]);
  });

  test('must be equally long', async () => {
    const run = drain(inStep([onDemand(counter([], 1)), onDemand(counter([], 2))]));
    await expect(run).rejects.toThrow('inStep: as many items of every source, got one that ended after 1');
  });
});

describe('an observable in a loop', () => {
  test('makes what the loop asks for, and stops when the loop is left', async () => {
    const log: string[] = [];
    for await (const item of pull(onDemand(counter(log)))) {
      log.push(`used ${item}`);
      if (item === 1) break;
    }
    await stopped();
    expect(log).toEqual(['made 0', 'used 0', 'made 1', 'used 1', 'closed']);
  });

  test('throws the error of its source', async () => {
    const loop = async () => {
      for await (const _ of pull(from([1]).pipe(map(() => JSON.parse('{') as number)))) expect(_).toBe('never');
    };
    await expect(loop()).rejects.toThrow(SyntaxError);
  });
});

test('abortable ends with the reason of the signal and lets go of its source', async () => {
  const controller = new AbortController();
  const source = new Subject<number>();
  const run = firstValueFrom(source.pipe(abortable(controller.signal), toArray()));
  controller.abort(new Error('enough'));
  await expect(run).rejects.toThrow('enough');
  expect(source.observed).toBe(false);
});
