import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

let folder: string;
let data: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-unlike-'));
  const file = join(folder, 'text.txt');
  const words = ['the cat', 'a dog', 'sees', 'a hat', 'and', 'the fox', 'runs'];
  writeFileSync(file, Array.from({ length: 400 }, (_, i) => words[(i * i + 3 * i) % words.length]!).join(' '));
  data = ['dataset.id=text', `dataset.options=${JSON.stringify({ file, length: 8 })}`];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Row {
  readonly alignment: string;
  readonly lambda: number | null;
  readonly loss?: number;
  readonly lossBarrier?: number | null;
}

/** Trains networks in a folder of that name and returns it. */
async function train(name: string, architecture: string, options: object, ...more: string[]): Promise<string> {
  const out = join(folder, name);
  const settings = [
    ...data,
    ...[`architecture.id=${architecture}`, `architecture.options=${JSON.stringify({ width: 12, heads: 2, units: 8, ...options })}`],
    ...['training.epochs=2', 'training.batchSize=32', 'training.learningRate=0.01', 'training.models=1', ...more],
  ].flatMap((value) => ['--set', value]);
  const { code, log } = await inProcess('train', '--engine', 'wasm', '--out', out, ...settings);
  expect([code, log]).toEqual([0, expect.not.stringContaining('failed')]);
  return out;
}

/** Trains an MLP in a folder of that name and returns it. */
async function trainDense(name: string, options: object, points: readonly string[]): Promise<string> {
  const out = join(folder, name);
  const settings = [
    ...[...points, 'architecture.id=mlp', `architecture.options=${JSON.stringify(options)}`],
    ...['training.epochs=2', 'training.batchSize=20', 'training.models=1'],
  ].flatMap((value) => ['--set', value]);
  const { code, log } = await inProcess('train', '--engine', 'wasm', '--out', out, ...settings);
  expect([code, log]).toEqual([0, expect.not.stringContaining('failed')]);
  return out;
}

async function connectivity(...args: string[]): Promise<readonly Row[]> {
  const { code, out, log } = await inProcess('measure', ...args, '--engine', 'wasm', '--json', '--points', '3', '--samples', '50');
  expect({ code, log }).toEqual({ code: 0, log });
  return (JSON.parse(out) as { measurements: Record<string, { rows: readonly Row[] }> }).measurements['linear-mode-connectivity']!.rows;
}
const lossAt = (rows: readonly Row[], alignment: string, lambda: number): number =>
  rows.find((row) => row.alignment === alignment && row.lambda === lambda)!.loss!;

describe('models of different depth', () => {
  test('are aligned and measured: layers that pass on what they are given stand in the places of those that one lacks', async () => {
    const [deep, shallow] = [await train('deep', 'gpt2', { layers: 3 }), await train('shallow', 'gpt2', { layers: 1 })];
    const alone = lossAt(await connectivity(`${shallow}:1`, `${shallow}:1`), 'none', 1);
    const own = lossAt(await connectivity(`${deep}:1`, `${deep}:1`), 'none', 1);
    for (const form of [[], ['--form', 'gpt2-circuits']]) {
      const alignment = form.length === 0 ? 'weight-matching' : 'circuit-matching';
      const rows = await connectivity(`${deep}:1`, `${shallow}:1`, ...form, '--align', 'none', alignment);
      for (const which of ['none', alignment]) {
        expect(lossAt(rows, which, 0)).toBeCloseTo(own, 3);
        expect(lossAt(rows, which, 1)).toBeCloseTo(alone, 3);
        expect(rows.find((row) => row.alignment === which && typeof row.lossBarrier === 'number')!.lossBarrier).toBeGreaterThan(-0.1);
      }
    }
    const out = join(folder, 'aligned');
    const aligned = await inProcess(
      'align',
      `${deep}:1`,
      `${shallow}:1`,
      '--engine',
      'wasm',
      '--format',
      'transformers',
      '--out',
      out,
      '--json',
    );
    expect(aligned.code).toBe(0);
    expect((JSON.parse(aligned.out) as { padded: string[] }).padded).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(out, 'transformers', 'config.json'), 'utf8'))).toMatchObject({ n_layer: 3 });
    // What was aligned opens again as a deeper model with the loss of the one that it was.
    const settings = data.flatMap((value) => ['--set', value]);
    expect((await inProcess('import', join(out, 'transformers'), ...settings, '--out', join(folder, 'again'))).code).toBe(0);
    expect(lossAt(await connectivity(`${join(folder, 'again')}:1`, `${join(folder, 'again')}:1`), 'none', 0)).toBeCloseTo(alone, 3);

    const carried = await inProcess(
      'align',
      `${deep}:1`,
      `${shallow}:1`,
      '--engine',
      'wasm',
      '--optimizer',
      '--out',
      join(folder, 'carried'),
    );
    expect([carried.code, carried.log]).toEqual([2, expect.stringContaining('models of one depth, for what the optimizer keeps')]);

    const reversed = await inProcess('measure', `${shallow}:1`, `${deep}:1`, '--engine', 'wasm');
    expect([reversed.code, reversed.log]).toEqual([2, expect.stringContaining('Name the deeper model first')]);
  }, 180_000);

  test('are refused with the reason where no layer passes on exactly what it is given', async () => {
    const masked = `dataset.options=${JSON.stringify({ file: join(folder, 'text.txt'), length: 8, masked: 0.2 })}`;
    const runs = [await train('bert-2', 'bert', { layers: 2 }, masked), await train('bert-1', 'bert', { layers: 1 }, masked)];
    const { code, log } = await inProcess('measure', `${runs[0]!}:1`, `${runs[1]!}:1`, '--engine', 'wasm');
    expect([code, log]).toEqual([2, expect.stringContaining('the norm behind each part normalises what it is given')]);
  }, 120_000);
});

describe('models of different depth and width', () => {
  test('transformers in circuit form are aligned, measured and written in their own form: the larger first, or one wider and one deeper', async () => {
    const base = { heads: 2, units: 6 };
    const [large, small] = [
      await train('large', 'gpt2', { layers: 2, width: 12, heads: 3, units: 8 }),
      await train('small', 'gpt2', { ...base, layers: 1, width: 8 }),
    ];
    const [wide, deep] = [
      await train('wide', 'gpt2', { ...base, layers: 1, width: 12 }),
      await train('deeper', 'gpt2', { ...base, layers: 2, width: 8 }),
    ];
    const own = new Map<string, number>();
    for (const run of [large, small, wide, deep]) own.set(run, lossAt(await connectivity(`${run}:1`, `${run}:1`), 'none', 0));
    for (const [a, b] of [
      [large, small],
      [wide, deep],
      [deep, wide],
    ] as const) {
      const rows = await connectivity(`${a}:1`, `${b}:1`, '--form', 'gpt2-circuits', '--align', 'none', 'circuit-matching');
      for (const which of ['none', 'circuit-matching']) {
        expect(lossAt(rows, which, 0)).toBeCloseTo(own.get(a)!, 3);
        expect(lossAt(rows, which, 1)).toBeCloseTo(own.get(b)!, 3);
      }
    }

    const out = join(folder, 'both-aligned');
    const aligned = await inProcess(
      ...['align', `${wide}:1`, `${deep}:1`, '--engine', 'wasm', '--form', 'gpt2-circuits', '--with', 'circuit-matching'],
      ...['--format', 'transformers', '--out', out, '--json'],
    );
    expect(aligned.code).toBe(0);
    expect(JSON.parse(aligned.out)).toMatchObject({ padded: [expect.stringMatching(/^blocks\.[01]$/)], paddedIn: 'a' });
    for (const [name, run] of [
      ['transformers', deep],
      ['transformers-onto', wide],
    ] as const) {
      expect(JSON.parse(readFileSync(join(out, name, 'config.json'), 'utf8'))).toMatchObject({ n_layer: 2, n_embd: 12 });
      const settings = data.flatMap((value) => ['--set', value]);
      const again = join(folder, `again-${name}`);
      expect((await inProcess('import', join(out, name), ...settings, '--out', again)).code).toBe(0);
      expect(lossAt(await connectivity(`${again}:1`, `${again}:1`), 'none', 0)).toBeCloseTo(own.get(run)!, 3);
    }

    const reversed = await inProcess('align', `${small}:1`, `${large}:1`, '--engine', 'wasm', '--form', 'gpt2-circuits', '--out', out);
    expect([reversed.code, reversed.log]).toEqual([2, expect.stringContaining('Name the deeper model first')]);
    expect(reversed.log).not.toContain('measure');
    const asTrained = await inProcess('align', `${large}:1`, `${small}:1`, '--engine', 'wasm', '--out', out);
    expect([asTrained.code, asTrained.log]).toEqual([2, expect.stringContaining('in circuit form: --form gpt2-circuits')]);
  }, 240_000);

  test('dense layers are, without a form, where nothing normalises them; others are refused with the reason', async () => {
    const points = ['dataset.id=gaussian-blobs', 'dataset.options={"features":6,"classes":3,"train":200,"validation":40,"test":60}'];
    const dense = (name: string, options: object): Promise<string> =>
      trainDense(name, { inputs: 6, outputs: 3, norm: 'none', activation: 'relu', ...options }, points);
    const [large, small] = [await dense('mlp-large', { widths: [9, 9, 9] }), await dense('mlp-small', { widths: [5] })];
    const [wide, deep] = [await dense('mlp-wide', { widths: [9] }), await dense('mlp-deep', { widths: [5, 5] })];
    for (const [a, b] of [
      [large, small],
      [wide, deep],
      [wide, small],
    ] as const) {
      const [own, other] = [await connectivity(`${a}:1`, `${a}:1`), await connectivity(`${b}:1`, `${b}:1`)];
      const rows = await connectivity(`${a}:1`, `${b}:1`, '--align', 'none', 'weight-matching');
      for (const which of ['none', 'weight-matching']) {
        expect(lossAt(rows, which, 0)).toBeCloseTo(lossAt(own, 'none', 0), 4);
        expect(lossAt(rows, which, 1)).toBeCloseTo(lossAt(other, 'none', 0), 4);
      }
    }
    const out = join(folder, 'mlp-aligned');
    const kept = await inProcess('align', `${wide}:1`, `${small}:1`, '--engine', 'wasm', '--optimizer', '--out', out);
    expect([kept.code, kept.log]).toEqual([2, expect.stringContaining('models of one width, for what the optimizer keeps')]);
    const mixed = await inProcess('measure', `${large}:1`, `${await dense('mlp-odd', { widths: [12, 4] })}:1`, '--engine', 'wasm');
    expect([mixed.code, mixed.log]).toEqual([2, expect.stringContaining('none is the narrower in some layers and the wider in others')]);
    const gelu = await inProcess('measure', `${large}:1`, `${await dense('mlp-gelu', { widths: [9], activation: 'gelu' })}:1`);
    expect([gelu.code, gelu.log]).toEqual([2, expect.stringContaining('but for their sizes, got widths [9,9,9] and [9], activation')]);
    const [normed, narrow] = [
      await dense('mlp-norm', { widths: [9], norm: 'layer' }),
      await dense('mlp-narrow', { widths: [5], norm: 'layer' }),
    ];
    const refused = await inProcess('measure', `${normed}:1`, `${narrow}:1`, '--engine', 'wasm');
    expect([refused.code, refused.log]).toEqual([2, expect.stringContaining('the norm layer is taken over all units of a layer')]);
  }, 240_000);
});

test('mixtures of experts are trained, aligned and measured; one that was only permuted has no barrier', async () => {
  const run = await train('experts', 'gpt2', { layers: 1, units: 4, experts: { count: 3, active: 2 } }, 'training.models=2');
  const strategies = ['weight-matching', 'activation-matching', 'learned-matching'];
  const rows = await connectivity(run, '--align', 'none', ...strategies, '--set', 'learned-matching.steps=3');
  for (const alignment of strategies)
    for (const lambda of [0, 1]) expect(lossAt(rows, alignment, lambda)).toBeCloseTo(lossAt(rows, 'none', lambda), 3);

  const out = join(folder, 'experts-aligned');
  expect((await inProcess('align', `${run}:1`, `${run}:2`, '--engine', 'wasm', '--out', out)).code).toBe(0);
  const { groups } = JSON.parse(readFileSync(join(out, 'transform.json'), 'utf8')) as { groups: Record<string, { indices: number[] }> };
  const { indices } = groups['blocks.0.mlp']!;
  expect([...indices].sort((a, b) => a - b)).toEqual([...Array(12).keys()]);
  // Units of an expert stay together.
  indices.forEach((from, to) => expect(Math.floor(from / 4)).toBe(Math.floor(indices[to - (to % 4)]! / 4)));
  const same = await connectivity(`${run}:2`, `${run}:2`, '--align', 'weight-matching');
  expect(same.find((row) => typeof row.lossBarrier === 'number')!.lossBarrier).toBeCloseTo(0, 5);

  const refused = await inProcess('measure', run, '--engine', 'wasm', '--align', 'sinkhorn', '--points', '3');
  expect([refused.code, refused.log]).toEqual([1, expect.stringContaining('sinkhorn: groups without nests')]);
  const circuits = await inProcess('measure', run, '--engine', 'wasm', '--form', 'gpt2-circuits', '--points', '3');
  expect([circuits.code, circuits.log]).toEqual([1, expect.stringContaining('Experts are permuted as they are')]);
}, 180_000);
