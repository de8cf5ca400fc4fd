import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunEvent, Sink } from '../../../contracts/index.js';
import { sinkContract } from '../sink.js';
import { brokenBy, type Collection } from './collection.fixture.js';

const options = z.strictObject({ directory: z.string() });
type Tiny = Sink<z.output<typeof options>>;

let opened = 0;
const file = (directory: string, run: number): string => join(directory, `run-${run}.jsonl`);

/** A line of JSON per event, in a file of its own for each run. */
const tinySink: Tiny = {
  id: 'tiny-sink',
  summary: 'a line per event',
  options,
  async open(_, { directory }) {
    const lines: string[] = [];
    const place = file(directory, opened++);
    return {
      write: async (event) => void lines.push(JSON.stringify(event)),
      close: () => writeFile(place, lines.join('\n')),
    };
  },
};

const contract = (change: Partial<Tiny>) => sinkContract({ ...tinySink, ...change }, (directory) => ({ directory }));
const writing = (write: (event: RunEvent) => void): Partial<Tiny> => ({
  open: async (run, o) => ({ ...(await tinySink.open(run, o)), write: async (event) => write(event) }),
});
const every = 'takes events of every kind, and numbers that are not finite';
const keeps = 'keeps an earlier run of the same name';

/** Sinks that write JSON. */
export const sinks: Collection = {
  family: 'sink',
  right: [contract({})],
  broken: brokenBy<Tiny>(contract, [
    [
      'one that takes metrics only',
      every,
      writing((event) => {
        if (event.kind !== 'metric') throw new Error(`what is ${event.kind}?`);
      }),
    ],
    [
      'one that keeps metrics only',
      'keeps the numbers of metrics and of measurements',
      {
        async open(run, o) {
          const writer = await tinySink.open(run, o);
          return { ...writer, write: async (event, time) => (event.kind === 'metric' ? writer.write(event, time) : undefined) };
        },
      },
    ],
    [
      'one that cannot take NaN',
      every,
      writing((event) => {
        if (event.kind === 'metric' && event.rows.some(({ value }) => Number.isNaN(value))) throw new Error('NaN');
      }),
    ],
    [
      'one that fails with its run',
      'ends a run without events, also one that failed',
      {
        open: async (run, o) => ({
          ...(await tinySink.open(run, o)),
          async close(status) {
            if (status === 'failed') throw new Error('failed');
          },
        }),
      },
    ],
    [
      'one that clears the folder first',
      keeps,
      {
        async open(run, o) {
          for (let before = 0; before < opened; before++) await rm(file(o.directory, before), { force: true });
          return tinySink.open(run, o);
        },
      },
    ],
    ['options that take any key', 'an unknown option is refused', { options: z.object(options.shape) as never }],
    [
      'options that are no JSON',
      'resolved options are JSON and parse to themselves',
      { options: options.transform(({ directory }) => ({ directory: new URL(`file:///${directory}`) })) as never },
    ],
    ['an id with a slash', 'the id is lower-case words joined by "-"', { id: 'tiny/sink' }],
  ]),
};
