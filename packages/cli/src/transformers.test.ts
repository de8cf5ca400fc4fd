import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-transformers-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Connectivity {
  readonly rows: readonly {
    readonly alignment: string;
    readonly lambda: number | null;
    readonly lossBarrier?: number;
    readonly loss?: number;
  }[];
}

describe('transformers from the command line', () => {
  test('train on a text, then connect as they are and in the form whose residual stream can be rotated', async () => {
    const [file, out] = [join(folder, 'text.txt'), join(folder, 'run')];
    // Words of a small grammar, so that something can be learnt.
    const words = ['the cat', 'a dog', 'sees', 'a hat', 'and', 'the fox', 'runs'];
    writeFileSync(file, Array.from({ length: 400 }, (_, i) => words[(i * i + 3 * i) % words.length]!).join(' '));
    const settings = [
      ...['dataset.id=text', `dataset.options=${JSON.stringify({ file, length: 8 })}`],
      ...['architecture.id=gpt2', 'architecture.options={"width":12,"heads":2,"layers":1,"units":8}'],
      ...['training.models=2', 'training.epochs=2', 'training.batchSize=32', 'training.learningRate=0.01'],
    ].flatMap((value) => ['--set', value]);
    const trained = await inProcess('train', '--engine', 'wasm', '--out', out, ...settings);
    expect([trained.code, trained.log]).toEqual([0, expect.not.stringContaining('failed')]);

    const measured = await inProcess(
      ...['measure', out, '--engine', 'wasm', '--json', '--points', '3', '--samples', '50'],
      ...['--form', 'gpt2-circuits', '--align', 'none', 'weight-matching', 'circuit-matching'],
    );
    expect(measured.code).toBe(0);
    const { measurements } = JSON.parse(measured.out) as { measurements: Record<string, Connectivity> };
    const { rows } = measurements['linear-mode-connectivity']!;
    const ends = (alignment: string) =>
      rows.filter((row) => row.alignment === alignment && (row.lambda === 0 || row.lambda === 1)).map(({ loss }) => loss!);
    expect(ends('none')).toHaveLength(2);
    // What moves a model leaves its function as it was.
    for (const alignment of ['weight-matching', 'circuit-matching'])
      ends(alignment).forEach((loss, at) => expect(loss).toBeCloseTo(ends('none')[at]!, 3));
    const barrier = (alignment: string) =>
      rows.find((row) => row.alignment === alignment && row.lossBarrier !== undefined && row.lambda === null)!.lossBarrier!;
    expect(barrier('circuit-matching')).toBeLessThan(barrier('none') + 1e-3);

    const aligned = join(folder, 'aligned');
    const { code } = await inProcess(
      ...['align', `${out}:1`, `${out}:2`, '--engine', 'wasm', '--form', 'gpt2-circuits', '--with', 'circuit-matching', '--out', aligned],
    );
    expect(code).toBe(0);
    const { groups } = JSON.parse(readFileSync(join(aligned, 'transform.json'), 'utf8')) as {
      groups: Record<string, Record<string, unknown>>;
    };
    expect(groups['residual']).toEqual({ kind: 'orthogonal', size: 12, matrix: expect.any(Array) });
    expect(groups['blocks.0.mlp']).toEqual({ kind: 'permutation', indices: expect.any(Array) });

    const learned = await inProcess(
      ...['align', `${out}:1`, `${out}:2`, '--engine', 'wasm', '--form', 'gpt2-circuits', '--with', 'circuit-learned', '--json'],
      ...['--set', 'circuit-learned.steps=3', '--samples', '60', '--format', 'transformers', '--out', join(folder, 'learned')],
    );
    expect([learned.code, learned.log]).toEqual([0, expect.stringContaining('align by circuit-learned: step 3/3')]);
    // What was aligned opens again as an ordinary GPT-2, with the loss that the second model has.
    const { lost } = JSON.parse(learned.out) as { lost: Record<string, number> };
    for (const share of Object.values(lost)) expect(share).toBeLessThan(1e-3);
    const again = join(folder, 'again');
    const data = ['dataset.id=text', `dataset.options=${JSON.stringify({ file, length: 8 })}`].flatMap((value) => ['--set', value]);
    expect((await inProcess('import', join(folder, 'learned', 'transformers'), ...data, '--out', again)).code).toBe(0);
    const both = await inProcess('measure', `${again}:1`, `${again}:1`, '--engine', 'wasm', '--json', '--points', '3');
    const same = (JSON.parse(both.out) as { measurements: Record<string, Connectivity> }).measurements['linear-mode-connectivity']!.rows;
    expect(same.find(({ lambda }) => lambda === 0)!.loss).toBeCloseTo(ends('none')[1]!, 3);
    // Its partner is there too, and the heads of both have the same coordinates: on the straight line they are nearer than as they were trained.
    const { conditions } = JSON.parse(learned.out) as { conditions: Record<string, number> };
    expect(Object.keys(conditions)).toEqual(expect.arrayContaining(['blocks.0.attention.heads.1.values']));
    const pair = join(folder, 'pair');
    const partners = [join(folder, 'learned', 'transformers-onto'), join(folder, 'learned', 'transformers')];
    expect((await inProcess('import', ...partners, ...data, '--out', pair)).code).toBe(0);
    const inOwnForm = await inProcess('measure', pair, '--engine', 'wasm', '--json', '--points', '3');
    const line = (JSON.parse(inOwnForm.out) as { measurements: Record<string, Connectivity> }).measurements['linear-mode-connectivity']!
      .rows;
    for (const at of [0, 1]) expect(line.find(({ lambda }) => lambda === at)!.loss).toBeCloseTo(ends('none')[at]!, 3);
    const middle = line.find(({ lambda, lossBarrier }) => lambda === null && lossBarrier !== undefined)!.lossBarrier!;
    expect(middle).toBeLessThan(barrier('none'));

    // A smaller model is brought to the size of the larger one, with the loss that it has.
    const narrow = join(folder, 'narrow');
    const sizes = ['architecture.options={"width":10,"heads":2,"layers":1,"units":6}', 'training.epochs=1'].flatMap((value) => [
      '--set',
      value,
    ]);
    expect((await inProcess('train', '--engine', 'wasm', '--out', narrow, ...settings, ...sizes)).code).toBe(0);
    const across = await inProcess(
      ...['measure', `${out}:1`, `${narrow}:1`, '--engine', 'wasm', '--json', '--points', '3', '--samples', '50'],
      ...['--form', 'gpt2-circuits', '--align', 'none', 'circuit-matching'],
    );
    expect([across.code, across.log]).toEqual([0, expect.stringContaining('measure: subject')]);
    const rowsAcross = (JSON.parse(across.out) as { measurements: Record<string, Connectivity> }).measurements['linear-mode-connectivity']!
      .rows;
    const alone = await inProcess('measure', `${narrow}:1`, `${narrow}:1`, '--engine', 'wasm', '--json', '--points', '3');
    const own = (JSON.parse(alone.out) as { measurements: Record<string, Connectivity> }).measurements['linear-mode-connectivity']!.rows;
    for (const alignment of ['none', 'circuit-matching'])
      expect(rowsAcross.find((row) => row.alignment === alignment && row.lambda === 1)!.loss).toBeCloseTo(
        own.find(({ lambda }) => lambda === 1)!.loss!,
        3,
      );
    const reversed = await inProcess(
      'measure',
      `${narrow}:1`,
      `${out}:1`,
      '--engine',
      'wasm',
      '--form',
      'gpt2-circuits',
      '--align',
      'none',
    );
    expect([reversed.code, reversed.log]).toEqual([2, expect.stringContaining('Name the larger model first')]);
    const asTrained = await inProcess('measure', `${out}:1`, `${narrow}:1`, '--engine', 'wasm');
    expect([asTrained.code, asTrained.log]).toEqual([2, expect.stringContaining('can be compared in circuit form')]);

    const other = await inProcess('measure', out, '--form', 'circuits');
    expect([other.code, other.log]).toEqual([2, expect.stringContaining('--form: a form that gpt2 can be rewritten to, got circuits')]);
  }, 120_000);

  test.each(['standard', 'w', 'sigma', 'syre'])(
    'an encoder learns what is hidden: %s',
    async (breaking) => {
      const [file, out] = [join(folder, 'masked.txt'), join(folder, `masked-${breaking}`)];
      writeFileSync(file, 'the cat sees a dog and the fox runs to a hat. '.repeat(60));
      const settings = [
        ...['dataset.id=text', `dataset.options=${JSON.stringify({ file, length: 16, masked: 0.2 })}`],
        ...['architecture.id=bert', 'architecture.options={"width":16,"heads":2,"layers":1,"units":16}'],
        ...[`breaking.id=${breaking}`, ...(breaking === 'w' ? ['breaking.options.fixedPerUnit=3'] : [])],
        ...['training.models=2', 'training.epochs=2', 'training.batchSize=16', 'training.learningRate=0.03'],
      ].flatMap((value) => ['--set', value]);
      const trained = await inProcess('train', '--engine', 'wasm', '--json', '--out', out, ...settings);
      expect([trained.code, trained.log]).toEqual([0, expect.not.stringContaining('failed')]);
      // Gates cannot be absorbed, so that sigma networks have no other form to be aligned in.
      const alignment = breaking === 'sigma' ? 'none' : 'weight-matching';
      const measured = await inProcess('measure', out, '--engine', 'wasm', '--json', '--points', '3', '--align', alignment);
      expect([measured.code, measured.log]).toEqual([0, expect.anything()]);
      const { rows } = (JSON.parse(measured.out) as { measurements: Record<string, Connectivity> }).measurements[
        'linear-mode-connectivity'
      ]!;
      // Of 20 characters: what it would lose by taking each for as likely is 3 nats.
      for (const lambda of [0, 1]) expect(rows.find((row) => row.lambda === lambda)!.loss).toBeLessThan(2.9);
    },
    120_000,
  );

  test('checkpoints of fairseq are imported, cut to the positions that both have, and measured', async () => {
    const [text, out] = [join(folder, 'letters.txt'), join(folder, 'fairseq')];
    writeFileSync(text, 'fghfgfh'.repeat(60));
    const fixtures = new URL('../../experiments/src/runs/torch/fixtures/torch-files.json', import.meta.url);
    const { files } = JSON.parse(readFileSync(fixtures, 'utf8')) as { files: Record<string, string> };
    const [a, b] = ['a.pt', 'b.pt'].map((name) => join(folder, name));
    for (const path of [a!, b!]) writeFileSync(path, Buffer.from(files['fairseq']!, 'base64'));
    const data = ['dataset.id=text', `dataset.options=${JSON.stringify({ file: text, length: 4, alphabet: 'abcdefgh', masked: 0.25 })}`];
    const set = [...data, 'architecture.options.positions=4'].flatMap((value) => ['--set', value]);
    const imported = await inProcess('import', a!, b!, ...set, '--out', out);
    expect([imported.code, imported.out]).toEqual([0, expect.stringContaining('2 bert networks')]);
    const measured = await inProcess('measure', out, '--engine', 'wasm', '--json', '--points', '3');
    const { rows } = (JSON.parse(measured.out) as { measurements: Record<string, Connectivity> }).measurements['linear-mode-connectivity']!;
    expect(rows.find(({ lossBarrier }) => lossBarrier !== undefined && lossBarrier !== null)!.lossBarrier).toBeCloseTo(0, 5);
    const unequal = await inProcess('import', a!, join(folder, 'again'), ...data.flatMap((value) => ['--set', value]), '--out', `${out}-2`);
    expect(unequal.code).not.toBe(0);
  }, 60_000);

  test('circuit-matching refuses models in another form and says what to do', async () => {
    const { code, log } = await inProcess(
      'measure',
      join(folder, 'run'),
      '--engine',
      'wasm',
      '--align',
      'circuit-matching',
      '--points',
      '3',
    );
    expect([code, log]).toEqual([1, expect.stringContaining('circuit-matching: models in circuit form (gpt2-circuits, vit-circuits)')]);
  }, 60_000);
});
