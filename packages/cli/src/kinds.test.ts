import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-kinds-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = ['dataset.id=gaussian-blobs', 'dataset.options={"features":6,"classes":3,"train":120,"validation":30,"test":60}'];
const training = ['training.models=2', 'training.epochs=2', 'training.batchSize=30', 'training.learningRate=0.01'];

test.each([
  ['maps', 'deep-linear', { inputs: 6, outputs: 3, widths: [5, 4] }, 'invertible-matching', 'invertible'],
  ['factors', 'mlp', { inputs: 6, outputs: 3, widths: [5, 4], norm: 'none', activation: 'relu' }, 'scaled-matching', 'monomial'],
])(
  '%s are found and learned, and leave the loss of both models as it was',
  async (name, architecture, options, strategy, kind) => {
    const run = join(folder, name);
    const settings = [...data, ...training, `architecture.id=${architecture}`, `architecture.options=${JSON.stringify(options)}`];
    const trained = await inProcess('train', '--engine', 'wasm', '--out', run, ...settings.flatMap((value) => ['--set', value]));
    expect({ code: trained.code, log: trained.log }).toEqual({ code: 0, log: trained.log });
    const out = join(folder, `${name}-aligned`);
    for (const id of [strategy, 'learned-matching']) {
      const set = ['--set', id === strategy ? (kind === 'invertible' ? `${id}.condition=100000` : `${id}.sweeps=40`) : `${id}.steps=5`];
      const aligned = await inProcess('align', `${run}:1`, `${run}:2`, '--engine', 'wasm', '--with', id, ...set, '--json', '--out', out);
      expect({ code: aligned.code, log: aligned.log }).toEqual({ code: 0, log: aligned.log });
      const { groups, distances } = JSON.parse(aligned.out) as {
        groups: readonly { kind: string; condition?: number }[];
        distances: { before: number; after: number };
      };
      expect(groups.map((group) => group.kind)).toEqual([kind, kind]);
      if (kind === 'invertible') for (const { condition } of groups) expect(condition).toBeGreaterThanOrEqual(1);
      if (id === strategy) expect(distances.after).toBeLessThan(distances.before);
    }
    const measured = await inProcess(
      ...['measure', run, '--engine', 'wasm', '--json', '--points', '3', '--align', 'none', strategy, 'learned-matching'],
      ...['--set', 'learned-matching.steps=5'],
    );
    expect({ code: measured.code, log: measured.log }).toEqual({ code: 0, log: measured.log });
    const { rows } = (
      JSON.parse(measured.out) as {
        measurements: Record<string, { rows: readonly { alignment: string; lambda: number | null; loss: number }[] }>;
      }
    ).measurements['linear-mode-connectivity']!;
    const lossAt = (alignment: string, lambda: number) => rows.find((row) => row.alignment === alignment && row.lambda === lambda)!.loss;
    for (const alignment of [strategy, 'learned-matching'])
      for (const lambda of [0, 1]) expect(lossAt(alignment, lambda)).toBeCloseTo(lossAt('none', lambda), 3);
  },
  120_000,
);
