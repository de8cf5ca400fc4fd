import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { xlaEngine } from '@basinlab/xla';
import { bundleCli } from './testing/bundled-cli.fixture.js';
import { startCli, type CliRun } from './testing/run-cli.fixture.js';

const { available, detail } = await xlaEngine.status();
const obstacle = !available ? `xla is not available (${detail})` : availableParallelism() < 2 ? 'there is one core' : null;
if (obstacle !== null) process.stderr.write(`training on two devices from the command line: not tested, because ${obstacle}\n`);

const epochs = 40;

(obstacle === null ? describe : describe.skip)('a population on two devices of one process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'basinlab-devices-'));
  let command: readonly string[] | undefined;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = async (...args: string[]): Promise<CliRun> => {
    command ??= await bundleCli(join(folder, 'cli'));
    return startCli([...args, '--engine', 'xla'], { command, env: { NPROC: '2' } });
  };
  const train = (out: string, devices: number): Promise<CliRun> =>
    start(
      ...['train', '--out', out],
      ...[
        'dataset.id=gaussian-blobs',
        'architecture.options={"inputs":8,"widths":[16,16],"outputs":4}',
        'training.models=4',
        `training.epochs=${epochs}`,
        `training.devices=${devices}`,
      ].flatMap((setting) => ['--set', setting]),
    );
  const finish = async (run: Promise<CliRun>): Promise<void> => {
    const { code, log } = await (await run).result;
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  };

  /** Kills it hard once it has written the checkpoint of an epoch, or a later one. */
  async function killAfter(epoch: number, out: string, run: Promise<CliRun>): Promise<void> {
    const { child, result } = await run;
    const last = (): number => {
      const names = existsSync(join(out, 'checkpoints')) ? readdirSync(join(out, 'checkpoints')) : [];
      return Math.max(-1, ...names.map((name) => Number(/^epoch-(\d+)\.safetensors$/.exec(name)?.[1] ?? -1)));
    };
    while (child.exitCode === null && last() < epoch) await delay(5);
    child.kill('SIGKILL');
    const { signal, code, log } = await result;
    expect({ signal, log: code === null ? '' : log }).toEqual({ signal: 'SIGKILL', log: '' });
    expect(last()).toBeLessThan(epochs);
  }

  const kept = (out: string): Map<string, string> =>
    new Map(
      [join('checkpoints', `epoch-${String(epochs).padStart(6, '0')}.safetensors`), 'metrics.parquet'].map((file) => [
        file,
        readFileSync(join(out, file)).toString('base64'),
      ]),
    );

  test('that is killed twice, and resumed on as many and on another number, ends in the bits of one device', async () => {
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    await finish(train(whole, 1));
    await killAfter(3, broken, train(broken, 2));
    await killAfter(12, broken, start('resume', broken));
    await finish(start('resume', broken, '--devices', '1'));
    expect(kept(broken)).toEqual(kept(whole));
    const placements = readFileSync(join(broken, 'events.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"placement"'));
    expect(placements.map((line) => /"devices":(\d)/.exec(line)?.[1])).toEqual(['2', '2', '1']);
  }, 300_000);
});
