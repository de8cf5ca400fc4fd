import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent, Sink } from '../../contracts/index.js';
import * as assert from '../assert.js';
import { identityChecks, optionChecks, type Contract } from './check.js';

/**
 * What every sink must do: take events of every kind, keep the numbers of metrics and of measurements, end after success and failure, and keep an earlier run
 * of the same name. What leaves no file, such as a sink that sends, cannot be looked at for numbers.
 */
export function sinkContract<O>(sink: Sink<O>, optionsIn: (folder: string) => Partial<O>): Contract {
  const inFolder = (use: (folder: string, options: O) => Promise<void>) => async () => {
    const folder = await mkdtemp(join(tmpdir(), 'basinlab-sink-'));
    try {
      await use(folder, sink.options.parse(optionsIn(folder)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const filesOf = async (folder: string): Promise<string[]> => (await readdir(folder, { recursive: true })).map(String).sort();
  const bytesIn = async (folder: string): Promise<number> => {
    const sizes = await Promise.all((await filesOf(folder)).map((file) => stat(join(folder, file))));
    return sizes.reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
  };
  /** Bytes that a run of one event leaves. */
  const bytesAfter = async (event: RunEvent): Promise<number> => {
    let bytes = 0;
    await inFolder(async (folder, options) => {
      const writer = await sink.open(run, options);
      await writer.write(event, 1_700_000_000_000);
      await writer.close('finished');
      bytes = await bytesIn(folder);
    })();
    return bytes;
  };
  const run = { name: 'runs/w: 1 é', config: { seed: 1, training: { models: 2 } } };
  const checks = [
    ...identityChecks(sink),
    ...optionChecks(sink.options, optionsIn('somewhere')),
    {
      name: 'takes events of every kind, and numbers that are not finite',
      run: inFolder(async (_, options) => {
        const writer = await sink.open(run, options);
        for (const [index, event] of everyKind.entries()) await writer.write(event, 1_700_000_000_000 + index);
        await writer.close('finished');
      }),
    },
    {
      name: 'keeps the numbers of metrics and of measurements',
      async run() {
        const left: { kind: string; whole: number; empty: number }[] = [];
        for (const event of [metric, measured])
          left.push({ kind: event.kind, whole: await bytesAfter(event), empty: await bytesAfter({ ...event, rows: [] }) });
        if (left.every(({ whole }) => whole === 0)) return;
        for (const { kind, whole, empty } of left) assert.ok(whole > empty, `rows of kind ${kind} left nothing`);
      },
    },
    {
      name: 'ends a run without events, also one that failed',
      run: inFolder(async (_, options) => (await sink.open(run, options)).close('failed')),
    },
    {
      name: 'keeps an earlier run of the same name',
      run: inFolder(async (folder, options) => {
        const write = async (): Promise<void> => {
          const writer = await sink.open(run, options);
          await writer.write(everyKind[0]!, 1_700_000_000_000);
          await writer.close('finished');
        };
        await write();
        const before = await filesOf(folder);
        await write();
        const after = new Set(await filesOf(folder));
        assert.ok(
          before.every((file) => after.has(file)),
          'files of the earlier run are gone',
        );
      }),
    },
  ];
  return { name: `sink ${sink.id}`, checks };
}

const metric = {
  kind: 'metric',
  stage: 'train',
  rows: [
    { name: 'loss', value: 0.5, labels: { model: 0, epoch: 1, split: 'train' } },
    { name: 'loss', value: NaN, labels: { model: 1, epoch: 1, split: 'train' } },
    { name: 'barrier', value: Infinity },
  ],
} as const satisfies RunEvent;

const measured = {
  kind: 'measured',
  measurement: 'cka',
  request: 0,
  labels: { pair: '1-2', epoch: 1, split: 'test' },
  columns: [
    { name: 'layer', summary: 'layer of the units', role: 'axis', type: 'text' },
    { name: 'unit', summary: 'one of its units', role: 'axis', type: 'number' },
    { name: 'value', summary: 'similarity', role: 'value', type: 'number' },
    { name: 'closest', summary: 'layer of the other model', role: 'value', type: 'text' },
  ],
  rows: [
    { layer: 'layers.0', unit: null, value: 0.75, closest: 'layers.0' },
    { layer: 'layers.1/out', unit: 0, value: NaN, closest: null },
    { layer: 'layers.1/out', unit: 1, value: -Infinity, closest: 'layers.0' },
    { layer: null, unit: null, value: null, closest: null },
  ],
} as const satisfies RunEvent;

const everyKind: readonly RunEvent[] = [
  metric,
  { kind: 'progress', stage: 'train', done: 1, total: 2, unit: 'steps' },
  { kind: 'checkpoint', stage: 'train', path: 'epoch-000001.safetensors', epoch: 1 },
  measured,
  { kind: 'artifact', path: 'report.html', mediaType: 'text/html' },
];
