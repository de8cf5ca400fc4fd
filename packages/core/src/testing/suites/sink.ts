import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent, Sink } from '../../contracts/index.js';
import * as assert from '../assert.js';
import { identityChecks, optionChecks, type Contract } from './check.js';

/** What every sink must do: take events of every kind, end after success and failure, and keep an earlier run of the same name. */
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

const everyKind: readonly RunEvent[] = [
  {
    kind: 'metric',
    stage: 'train',
    rows: [
      { name: 'loss', value: 0.5, labels: { model: 0, epoch: 1, split: 'train' } },
      { name: 'loss', value: NaN, labels: { model: 1, epoch: 1, split: 'train' } },
      { name: 'barrier', value: Infinity },
    ],
  },
  { kind: 'progress', stage: 'train', done: 1, total: 2, unit: 'steps' },
  { kind: 'checkpoint', stage: 'train', path: 'epoch-000001.safetensors', epoch: 1 },
  { kind: 'measured', measurement: 'cka', request: 0, labels: { pair: '1-2' }, rows: [{ value: 1 }] },
  { kind: 'artifact', path: 'report.html', mediaType: 'text/html' },
];
