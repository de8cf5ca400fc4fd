import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunEvent, Sink } from '@basinlab/core';
import { sinkContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { mlflow, tensorboard } from './index.js';
import { encodeEvent, recordOf } from './tensorboard/event-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-sinks-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

testContract(sinkContract(tensorboard, (directory) => ({ directory })));
testContract(sinkContract(mlflow, (directory) => ({ directory })));

const time = 1_700_000_000_000;
const metric = (model: number, epoch: number, value: number): RunEvent => ({
  kind: 'metric',
  stage: 'train',
  rows: [{ name: 'loss', value, labels: { model, epoch, split: 'train' } }],
});

/** What a measurement of a pair found: numbers of layers, and of points along the line between the two. */
const measured: RunEvent = {
  kind: 'measured',
  measurement: 'line',
  request: 0,
  labels: { pair: '1-2', alignment: 'none', epoch: 4, split: 'test' },
  columns: [
    { name: 'layer', summary: 'layer', role: 'axis', type: 'text' },
    { name: 'lambda', summary: 'place', role: 'axis', type: 'number' },
    { name: 'loss', summary: 'loss', role: 'value', type: 'number' },
    { name: 'worst', summary: 'of which class', role: 'value', type: 'text' },
  ],
  rows: [
    { layer: 'a/b', lambda: null, loss: 8, worst: 'three' },
    { layer: 'c', lambda: null, loss: null, worst: null },
    { layer: null, lambda: 0, loss: 1, worst: null },
    { layer: null, lambda: 0.5, loss: 2, worst: null },
    { layer: null, lambda: 1, loss: 0.5, worst: 'one' },
  ],
};
/** Of the population as a whole, over epochs that are an axis of its rows. */
const overEpochs: RunEvent = {
  kind: 'measured',
  measurement: 'spread',
  request: 1,
  labels: { split: 'train' },
  columns: [
    { name: 'epoch', summary: 'epochs trained', role: 'axis', type: 'number' },
    { name: 'value', summary: 'spread', role: 'value', type: 'number' },
  ],
  rows: [
    { epoch: 0, value: 4 },
    { epoch: 5, value: 0.25 },
  ],
};

async function write<O>(sink: Sink<O>, options: O): Promise<void> {
  const writer = await sink.open({ name: 'w', config: { seed: 3, breaking: { id: 'w', list: [1, 2] } } }, options);
  for (const [at, event] of [metric(0, 1, 0.5), metric(1, 1, 0.25), metric(0, 2, 0.125), measured, overEpochs].entries())
    await writer.write(event, time + 1000 * at);
  await writer.close('finished');
}

test('a record is length, checksum, message, checksum, as the format says', () => {
  // Event(wall_time=1, step=2, summary=Summary(value=[Value(tag='a', simple_value=1)])), field by field.
  const message = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x10, 2, 0x2a, 0x0a, 0x0a, 8, 0x0a, 1, 0x61, 0x15, 0, 0, 0x80, 0x3f];
  const encoded = encodeEvent({ wallTime: 1, step: 2, scalars: [{ tag: 'a', value: 1 }] });
  expect([...encoded]).toEqual(message);
  // CRC-32C of '123456789' is 0xe3069283; rotated right by 15 and shifted by 0xa282ead8.
  const record = recordOf(new TextEncoder().encode('123456789'));
  const view = new DataView(record.buffer);
  expect([view.getBigUint64(0, true), record.length, view.getUint32(21, true)]).toEqual([
    9n,
    25,
    (((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0,
  ]);
});

const python = process.env['BASINLAB_PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('fixtures/read_back.py', import.meta.url));
const has = (name: string): boolean => {
  try {
    execFileSync(python, ['-c', `import ${name}`], { stdio: 'ignore', timeout: 60_000 });
    return true;
  } catch {
    process.stderr.write(`${name} is not there for ${python}: reading back is skipped\n`);
    return false;
  }
};
const readBack = (tool: string, from: string): unknown =>
  JSON.parse(
    execFileSync(python, [script, tool, from], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, MLFLOW_ALLOW_FILE_STORE: 'true' },
    }),
  );

(has('tensorboard') ? test : test.skip)(
  'TensorBoard reads the curves and what was measured',
  async () => {
    const directory = join(folder, 'tb');
    await write(tensorboard, { directory });
    expect(readBack('tensorboard', directory)).toEqual({
      'w/model-1': {
        'loss/train': [
          [1, 0.5, time / 1000],
          [2, 0.125, time / 1000 + 2],
        ],
      },
      'w/model-2': { 'loss/train': [[1, 0.25, time / 1000 + 1]] },
      'w/pair-1-2': {
        'line/loss none test a-b': [[4, 8, time / 1000 + 3]],
        'line/loss none test epoch 4': [1, 2, 0.5].map((value, place) => [place, value, time / 1000 + 3]),
      },
      w: {
        'spread/value train': [
          [0, 4, time / 1000 + 4],
          [5, 0.25, time / 1000 + 4],
        ],
      },
    });
  },
  120_000,
);

(has('mlflow') ? test : test.skip)(
  'MLflow reads runs, settings, curves and what was measured',
  async () => {
    const directory = join(folder, 'ml');
    const options = { directory, experiment: "it's: mine" };
    await write(mlflow, options);
    await write(mlflow, options);
    expect(readdirSync(directory)).toHaveLength(1);
    const shared = { experiment: options.experiment, status: 'FINISHED' };
    expect(readBack('mlflow', directory)).toEqual({
      w: {
        ...shared,
        parent: false,
        params: { seed: '3', 'breaking.id': 'w', 'breaking.list': '[1,2]' },
        metrics: {
          'spread/value train': [
            [0, '4.0', time + 4000],
            [5, '0.25', time + 4000],
          ],
        },
      },
      'w, model 1': {
        ...shared,
        parent: true,
        params: {},
        metrics: {
          'loss/train': [
            [1, '0.5', time],
            [2, '0.125', time + 2000],
          ],
        },
      },
      'w, model 2': { ...shared, parent: true, params: {}, metrics: { 'loss/train': [[1, '0.25', time + 1000]] } },
      'w, pair 1-2': {
        ...shared,
        parent: true,
        params: {},
        metrics: {
          'line/loss none test a-b': [[4, '8.0', time + 3000]],
          'line/loss none test epoch 4': ['1.0', '2.0', '0.5'].map((value, place) => [place, value, time + 3000]),
        },
      },
    });
  },
  120_000,
);

test('mlflow writes no metric outside of its run, whatever its name', async () => {
  const directory = join(folder, 'inside', 'mlruns');
  const writer = await mlflow.open({ name: 'in', config: {} }, mlflow.options.parse({ directory }));
  const rows = [
    { name: '../../../../out', value: 1 },
    { name: '/a//..', value: 2 },
  ];
  await writer.write({ kind: 'metric', stage: 'train', rows }, time);
  await writer.close('finished');
  expect(readdirSync(join(folder, 'inside'))).toEqual(['mlruns']);
  const written = readdirSync(directory, { recursive: true }).map(String);
  for (const name of [
    ['_', '_', '_', '_', 'out'],
    ['_', 'a', '_', '_'],
  ])
    expect(written.filter((file) => file.endsWith(join('metrics', ...name)))).toHaveLength(1);
});

test('mlflow keeps numbers that are not finite as Python spells them', async () => {
  const directory = join(folder, 'odd');
  const writer = await mlflow.open({ name: 'odd', config: {} }, mlflow.options.parse({ directory }));
  for (const value of [NaN, Infinity, -Infinity]) await writer.write(metric(0, 1, value), time);
  await writer.close('failed');
  const files = readdirSync(directory, { recursive: true }).map(String);
  const log = files.find((file) => file.endsWith(join('metrics', 'loss', 'train')))!;
  expect(readFileSync(join(directory, log), 'utf8')).toBe(`${time} nan 1\n${time} inf 1\n${time} -inf 1\n`);
});
