import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess, runCli, startCli, type CliResult } from './testing/run-cli.fixture.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-cli-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = [
  'dataset.id=gaussian-blobs',
  'architecture.options={"inputs":8,"widths":[16,16],"outputs":4}',
  'training.epochs=2',
  'training.models=2',
].flatMap((value) => ['--set', value]);
/** A quick run on the engine that is always there. */
const trainArgs = (out: string, ...more: string[]) => ['train', '--engine', 'cpu', '--out', out, ...small, ...more];

describe('usage', () => {
  test.each([
    [['trian'], 'Did you mean train?'],
    [['reproduce', '--sclae', 'smoke'], 'Did you mean --scale?'],
    [['reproduce', 'mnist-mpl-lmc'], 'Did you mean "mnist-mlp-lmc"?'],
    [['reproduce', 'mnist-mlp-lmc', '--set', 'model.widht=3'], 'mnist-mlp-lmc: a known key of model, got widht. Did you mean model.width?'],
    [['train'], 'train: --out DIR, or a preset, got nothing'],
    [['train', 'mnist-mlp-standart'], 'Did you mean mnist-mlp-standard?'],
    [['train', 'mnist-mlp-w', '--config', 'x.json'], 'a preset or --config, got both'],
    [['train', '--out', 'x', '--scale', 'small'], '--scale: a preset whose scale it is'],
    [['train', 'mnist-mlp-w', '--set', 'breaking.options.fixedPerunit=3'], 'Did you mean breaking.options.fixedPerUnit?'],
    [['train', '--out', 'x', '--set', 'breaking.id=ww'], 'Did you mean "w"?'],
    [['train', '--out', 'x', '--set', 'training.epochs=0'], 'train: training.epochs must be a whole number above 0, got 0'],
    [['engine', 'install', 'cup'], 'Did you mean cpu?'],
    [['measure', 'no-such-run'], 'must be the folder of a run'],
    [['measure', 'run:0', 'run:1'], 'Example: runs/standard:1'],
    [['report', 'no-such-folder'], 'report: a folder with finished reproductions'],
    [['check-golden', 'no-such-folder', '--engine', 'cpu'], 'index.json'],
  ])('%j ends with 2 and says what was meant', async (args, message) => {
    const { code, out, log } = await inProcess(...args);
    expect(log).toContain(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(log).not.toContain('    at ');
  });

  test('--help of every command ends with 0 and shows examples', async () => {
    expect((await inProcess('--help')).code).toBe(0);
    const commands = [
      'reproduce',
      'train',
      'resume',
      'measure',
      'align',
      'import',
      'export',
      'report',
      'plugins',
      'engine install',
      'engine list',
      'engine doctor',
      'data list',
      'data fetch',
      'query',
      'sweep',
      'check-golden',
    ];
    for (const command of commands) {
      const { code, out, log } = await inProcess(...command.split(' '), '--help');
      expect([code, log]).toEqual([0, '']);
      expect(out).toContain(`Examples:\n  $ basinlab ${command}`);
    }
  });

  test('as a process: exit code, and with --json one document on standard output, for an error too', async () => {
    const { code, out, log } = await runCli('measure', 'no-such-run', '--json', '--verbose');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { exitCode: 2, requirement: 'must be the folder of a run, with config.json' } });
    expect(log).toContain('    at ');
  });
});

describe('engine install', () => {
  test('a wheel that is not the pinned one is refused; --optional only says so', async () => {
    const wheel = join(folder, 'other.whl');
    writeFileSync(wheel, 'not a wheel');
    const env = { BASINLAB_CACHE: join(folder, 'cache') };
    const [refused, optional] = await Promise.all(
      [[], ['--optional']].map((more) => startCli(['engine', 'install', 'cpu', '--wheel', wheel, ...more], { env }).result),
    );
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused!.log).toContain('SHA-256');
    expect(optional).toMatchObject({ code: 0 });
    expect(optional!.out).toContain('a slower engine will be used');
    expect(existsSync(join(folder, 'cache', 'plugins')) && readdirSync(join(folder, 'cache', 'plugins'))).toEqual([]);
  });
});

describe('lists', () => {
  test.each([
    [['reproduce'], 'reproductions', 'mnist-mlp-lmc'],
    [['plugins'], 'plugins', 'syre'],
    [['train', '--list'], 'presets', 'mnist-mlp-w-scale-per-layer'],
    [['data', 'list'], 'datasets', 'mnist'],
    [['engine', 'list'], 'engines', 'wasm'],
  ])('%j: a table for people, a document for programs', async (args, key, id) => {
    const [text, json] = [await inProcess(...args), await inProcess(...args, '--json')];
    expect([text.code, json.code]).toEqual([0, 0]);
    expect(text.out).toContain(id);
    const document = JSON.parse(json.out) as Record<string, { id: string }[]>;
    expect(document[key]!.map((entry) => entry.id)).toContain(id);
  });

  test('every figure names its paper, place, cost and command', async () => {
    const { reproductions } = JSON.parse((await inProcess('reproduce', '--json')).out) as { reproductions: Record<string, string>[] };
    expect(new Set(reproductions.map((entry) => entry['paper']))).toEqual(new Set(['A', 'B', 'C']));
    for (const entry of reproductions)
      expect(entry['where'] && entry['shows'] && entry['cost'] && entry['command'] === `basinlab reproduce ${entry['id']}`).toBe(true);
  });
});

/** Waits for a file; throws where the process ends first. */
async function appears(path: string, ended: Promise<CliResult>): Promise<void> {
  let result: CliResult | undefined;
  void ended.then((it) => (result = it));
  while (!existsSync(path)) {
    if (result !== undefined) throw new Error(`ended with ${result.code} before ${path} was there:\n${result.log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a run', () => {
  test('is trained, measured, aligned, and not trained twice into one folder', async () => {
    const out = join(folder, 'run');
    const trained = await inProcess(...trainArgs(out, '--json'));
    expect({ code: trained.code, log: trained.code === 0 ? '' : trained.log }).toEqual({ code: 0, log: '' });
    expect((JSON.parse(trained.out) as { models: unknown[] }).models).toHaveLength(2);
    expect(readdirSync(out).sort()).toEqual(['checkpoints', 'config.json', 'events.jsonl', 'metrics.events.json', 'metrics.parquet']);
    expect(readdirSync(join(out, 'checkpoints'))).toEqual(['epoch-000002.safetensors']);

    const measured = JSON.parse(
      (
        await inProcess(
          'measure',
          out,
          '--engine',
          'cpu',
          '--json',
          '--samples',
          '64',
          '--align',
          'none',
          'weight-matching',
          'activation-matching',
        )
      ).out,
    ) as {
      rows: { alignment: string; accuracyBarrier: number; distance: number }[];
    };
    expect(measured.rows.map((row) => row.alignment)).toEqual(['none', 'weight-matching', 'activation-matching']);
    for (const row of measured.rows) expect(row.accuracyBarrier).toBeLessThanOrEqual(0);
    expect(measured.rows[1]!.distance).toBeLessThan(measured.rows[0]!.distance);

    const self = JSON.parse((await inProcess('measure', `${out}:1`, `${out}:1`, '--engine', 'cpu', '--json')).out) as typeof measured;
    expect(self.rows[0]).toMatchObject({ accuracyBarrier: 0, distance: 0 });

    const aligned = await inProcess('align', `${out}:1`, `${out}:2`, '--engine', 'cpu', '--out', join(folder, 'aligned'), '--json');
    expect(aligned.code).toBe(0);
    expect((JSON.parse(aligned.out) as { distances: { before: number; after: number } }).distances.after).toBeCloseTo(
      measured.rows[1]!.distance,
      3,
    );
    expect(readdirSync(join(folder, 'aligned')).sort()).toEqual(['aligned.safetensors', 'transform.json']);

    const diagnosed = await inProcess('diagnose', `${out}:1`, `${out}:2`, '--engine', 'cpu', '--out', join(folder, 'diagnosed'), '--json');
    expect({ code: diagnosed.code, log: diagnosed.code === 0 ? '' : diagnosed.log }).toEqual({ code: 0, log: '' });
    const { alignments } = JSON.parse(diagnosed.out) as {
      alignments: { alignment: string; verdict: string; costs: { stage: string }[]; parts: { stage: string; place: string | null }[] }[];
    };
    expect(alignments.map(({ alignment }) => alignment)).toEqual(['none', 'weight-matching']);
    for (const { costs, verdict, parts } of alignments) {
      const places = (stage: string) => parts.filter((row) => row.stage === stage).map(({ place }) => place);
      // Behind the last cut the output layer is a part too.
      expect(places('one part averaged')).toEqual([...places('switched, one map'), 'output']);
      expect(costs.map(({ stage }) => stage)).toContain('switched, map fitted there');
      expect(verdict).toContain('nats');
    }
    expect(readdirSync(join(folder, 'diagnosed', 'measurements', 'diagnosis'))).toContain('rows.parquet');
    const oneModel = await inProcess('diagnose', `${out}:1`, `${out}:1`, '--engine', 'cpu', '--align', 'none');
    expect(oneModel.out).toContain('Nothing fails');
    expect((await inProcess('diagnose', out, `${out}:1`)).log).toContain('two models, DIR:N DIR:N');

    const again = await inProcess(...trainArgs(out));
    expect(again.code).toBe(2);
    expect(again.log).toContain('basinlab resume');
    const resumed = await inProcess('resume', out, '--engine', 'cpu', '--json');
    expect(JSON.parse(resumed.out)).toMatchObject({ models: (JSON.parse(trained.out) as { models: unknown }).models });
  });

  test('is aligned along its checkpoints, with what its optimizer keeps', async () => {
    const run = join(folder, 'kept');
    expect((await inProcess(...trainArgs(run, '--set', 'training.keepCheckpoints=all'))).code).toBe(0);
    const out = join(folder, 'along');
    const args = ['align', `${run}:1`, `${run}:2`, '--engine', 'cpu', '--out', out, '--json'];
    const aligned = await inProcess(...args, '--along', 'all', '--optimizer');
    expect({ code: aligned.code, log: aligned.code === 0 ? '' : aligned.log }).toEqual({ code: 0, log: '' });
    const { hops } = JSON.parse(aligned.out) as {
      hops: { from: { model: string; epoch: number }; to: { model: string; epoch: number } }[];
    };
    expect(hops.map(({ from, to }) => `${from.model}${from.epoch} ${to.model}${to.epoch}`)).toEqual([
      'b2 b1',
      'b1 b0',
      'b0 a0',
      'a0 a1',
      'a1 a2',
    ]);
    expect(readdirSync(out).sort()).toEqual(['aligned.safetensors', 'optimizer.safetensors', 'transform.json']);
    const size = readFileSync(join(out, 'optimizer.safetensors')).length;
    expect(size / readFileSync(join(out, 'aligned.safetensors')).length).toBeCloseTo(2, 0);
    expect((await inProcess(...args, '--along', '7')).log).toContain('epochs that both runs keep: 0, 1, 2, got 7');
    expect((await inProcess(...args, '--optimizer', '--form', 'gpt2-circuits')).code).toBe(2);
  });

  test('Ctrl-C stops it with 130 within a second, and resume ends with the parameters of an undisturbed run', async () => {
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    const long = ['--set', 'training.epochs=5'];
    const run = startCli(trainArgs(broken, ...long));
    await appears(join(broken, 'checkpoints', 'epoch-000001.safetensors'), run.result);
    const stopped = performance.now();
    run.child.kill('SIGINT');
    const { code, log } = await run.result;
    expect(code).toBe(130);
    // A second and a half of grace for a machine that is busy with other tests.
    expect(performance.now() - stopped).toBeLessThan(2500);
    expect(log).toContain('interrupted');
    expect(readdirSync(join(broken, 'checkpoints')).every((name) => /^epoch-\d{6}\.safetensors$/.test(name))).toBe(true);

    const resumed = await inProcess('resume', broken, '--engine', 'cpu');
    expect(resumed.code).toBe(0);
    expect((await inProcess(...trainArgs(whole, ...long))).code).toBe(0);
    const last = (run: string) => readFileSync(join(run, 'checkpoints', 'epoch-000005.safetensors'));
    expect(last(broken).equals(last(whole))).toBe(true);
  }, 180_000);

  test.each([
    [['architecture.options.norm=layr'], 'Did you mean layer?'],
    [['training.dropout=0.1'], 'training.dropout: an architecture with places for it, such as gpt2 or vit, got mlp'],
    // Only known once constants are drawn.
    [['breaking.id=w', 'breaking.options.fixedPerUnit=[1,2]'], 'fixedPerUnit must be one number or a list of 3, one per layer, got [1,2]'],
  ])('%j, which a plugin refuses, leaves no folder behind', async (settings, message) => {
    const out = join(folder, 'refused');
    const { code, log } = await inProcess(...trainArgs(out, ...settings.flatMap((setting) => ['--set', setting])));
    expect(log).toContain(message);
    expect([code, existsSync(out)]).toEqual([2, false]);
  });

  test('uses a plugin of the user, and refuses to go on when it has changed', async () => {
    const module = join(folder, 'mine.mjs');
    const source = (summary: string) => `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
export default { symmetryBreaking: [{ id: 'mine', summary: '${summary}', options: z.strictObject({}), constants: () => null }] };\n`;
    writeFileSync(module, source('first'));
    const out = join(folder, 'mine');
    expect((await inProcess('plugins', '--plugin', module)).out).toMatch(/symmetryBreaking\s+mine\s+\S+mine\.mjs\s+first/);
    const trained = await inProcess(...trainArgs(out, '--plugin', module, '--set', 'breaking.id=mine'));
    expect({ code: trained.code, log: trained.code === 0 ? '' : trained.log }).toEqual({ code: 0, log: '' });
    writeFileSync(module, source('second'));
    const resumed = await inProcess('resume', out, '--engine', 'cpu');
    expect(resumed.code).toBe(2);
    expect(resumed.log).toContain('as it was when the run began');
  });
});
