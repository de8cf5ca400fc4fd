import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { concat, firstValueFrom, from, map, take, toArray } from 'rxjs';
import type { RunEvent } from '../contracts/run-event.js';
import { BasinlabError } from '../errors.js';
import {
  consume,
  createRateMeter,
  drain,
  onDemand,
  recordEvents,
  runStages,
  stage,
  StageError,
  stopped,
  throttleProgress,
} from './index.js';

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
    await delay(30);
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
    await delay(5);
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
    await delay(5);
    subscription.unsubscribe();
    await delay(5);
    expect([begun, aborted]).toEqual([[1], true]);
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
  const failing = (error: unknown) =>
    async function* (): AsyncGenerator<number> {
      yield 1;
      throw error;
    };

  test('carry stage, plugin, cause and exit code', async () => {
    const cause = new BasinlabError('adamw', 'loss must be finite', NaN, { exitCode: 2 });
    const run = runStages([{ stage: 'train', plugin: 'adamw', run: failing(cause) }]);
    const error = await drain(run).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StageError);
    expect(error).toMatchObject({
      message: 'train (adamw): adamw: loss must be finite, got null',
      stage: 'train',
      plugin: 'adamw',
      cause,
      exitCode: 2,
    });
    await expect(drain(runStages([{ stage: 'lmc', run: failing('text') }]))).rejects.toMatchObject({
      message: 'lmc: text',
      plugin: undefined,
      exitCode: 1,
    });
  });

  test('of an inner stage keep its label', async () => {
    const run = () => stage({ stage: 'inner', plugin: 'p' }, failing(new Error('x'))());
    await expect(drain(runStages([{ stage: 'outer', run }]))).rejects.toMatchObject({ message: 'inner (p): x' });
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

describe('stages', () => {
  test('run one after another, each when the events of the last are used up', async () => {
    const log: string[] = [];
    const run = runStages([
      { stage: 'a', run: counter(log, 2) },
      { stage: 'b', run: counter(log, 1) },
    ]);
    await drain(run, { onEvent: async (item) => void (await delay(3), log.push(`used ${item}`)) });
    expect(log).toEqual(['made 0', 'used 0', 'made 1', 'used 1', 'closed', 'made 0', 'used 0', 'closed']);
  });

  test('hand their results to the next, and clean up when cancelled between items', async () => {
    const log: string[] = [];
    async function* train(): AsyncGenerator<number, string> {
      try {
        yield 1;
        yield 2;
        return 'model';
      } finally {
        log.push('released');
      }
    }
    const run = onDemand(async function* () {
      const model = yield* stage({ stage: 'train' }, train());
      log.push(model);
    });
    await drain(run);
    expect(log).toEqual(['released', 'model']);
    await firstValueFrom(run);
    await stopped();
    expect(log).toEqual(['released', 'model', 'released']);
  });
});

describe('progress', () => {
  test('is thinned per stage; first, last and other events pass', async () => {
    let time = 0;
    const events = [
      progress(0),
      progress(1),
      progress(1, 10, 'lmc'),
      progress(5),
      progress(10),
      { kind: 'artifact', path: 'a', mediaType: 'b' } as RunEvent,
    ];
    const clock = () => (time += 40);
    const kept = await firstValueFrom(from(events).pipe(throttleProgress(100, clock), toArray()));
    expect(kept).toEqual([events[0], events[2], events[3], events[4], events[5]]);
  });

  test('gives rate and time left, from where a resumed run began', () => {
    let time = 0;
    const measure = createRateMeter({ window: 10_000, now: () => time });
    expect(measure(50, 100)).toEqual({ perSecond: null, secondsLeft: null });
    time = 5000;
    expect(measure(60, 100)).toEqual({ perSecond: 2, secondsLeft: 20 });
    time = 15_000;
    expect(measure(60, 100).secondsLeft).toBeNull();
    time = 16_000;
    expect(measure(70, 100).perSecond).toBeCloseTo(10 / 11);
    time = 20_000;
    expect(measure(100, 100).secondsLeft).toBe(0);
    time = 21_000;
    expect(measure(0, 100)).toEqual({ perSecond: null, secondsLeft: null });
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
  await drain(run.pipe(recordEvents(sink, { kinds: ['metric'] })), { onEvent: ({ kind }) => void kept.push(`seen ${kind}`) });
  expect(kept).toEqual(['seen progress', 'metric', 'seen metric', 'metric', 'seen metric']);
});
