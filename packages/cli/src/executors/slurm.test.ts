import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { bundleCli } from '../testing/bundled-cli.fixture.js';
import { startCli } from '../testing/run-cli.fixture.js';
import { filesOf, recordOf, smallSweep } from '../testing/small-sweep.fixture.js';

// A cluster of two nodes on this machine, as long as its standard input is open.
const script = fileURLToPath(new URL('../../../../tools/slurm/with-slurm.sh', import.meta.url));
const cluster = spawn(script, ['bash', '-c', 'echo "$SLURM_CONF $SLURM_RESTART_CONTROLLER"; cat >/dev/null'], {
  stdio: ['pipe', 'pipe', 'pipe'],
});
let said = '';
cluster.stderr.on('data', (data: Buffer) => (said += data.toString()));
const ended = once(cluster, 'exit');
const first = await Promise.race([once(cluster.stdout, 'data').then(([data]) => String(data).trim()), ended.then(() => null)]);
const reason = first === null ? said.trim() : null;
const [conf, restartController] = first?.split(' ') ?? [];
const folder = mkdtempSync(join(tmpdir(), 'basinlab-slurm-test-'));
afterAll(async () => {
  cluster.stdin.end();
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await delay(50);
};

(reason === null ? test : test.skip)(
  `a sweep on a cluster ends in the same bits, although a worker is killed, one is told to end, a node is drained and the controller restarted${reason === null ? '' : ` (${reason})`}`,
  async () => {
    const command = await bundleCli(join(folder, 'cli'));
    const env = { ...process.env, SLURM_CONF: conf! };
    const slurm = (program: string, ...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
      expect({ program, args, status, stderr }).toEqual({ program, args, status: 0, stderr });
      return stdout;
    };
    const [alone, out] = [join(folder, 'alone'), join(folder, 'cluster')];
    const epochs = 16;
    const submitted = startCli([...smallSweep(out, epochs), '--executor', 'slurm:poll=1,time=5,memory=500', '--jobs', '2'], {
      command,
      env: { SLURM_CONF: conf! },
    });
    let over = false;
    void submitted.result.then(() => (over = true));

    const events: string[] = [];
    const trains = (point: string): boolean => {
      const checkpoints = join(out, point, 'checkpoints');
      return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.startsWith('epoch-'));
    };
    const record = (point: string) => recordOf(out, `train.${point}`);
    const running = (point: string): boolean => record(point)?.state === 'running' && trains(point);
    // Whichever trains first; the other follows, or trains beside it.
    await until(() => over || running('fixedScale=0') || running('fixedScale=1'));
    const [killed, told] = running('fixedScale=0') ? ['fixedScale=0', 'fixedScale=1'] : ['fixedScale=1', 'fixedScale=0'];
    process.kill(Number(/pid (\d+)/.exec(record(killed!)!.where)![1]), 'SIGKILL');
    events.push('worker killed');
    slurm('scontrol', 'update', 'nodename=two', 'state=drain', 'reason=test');
    events.push('node drained');
    await until(() => over || running(told!));
    const array = (JSON.parse(readFileSync(join(out, 'jobs', 'slurm.json'), 'utf8')) as { id: string; jobs: string[] }[])[0]!;
    slurm('scancel', '--batch', '--signal=USR2', `${array.id}_${array.jobs.indexOf(`train.${told}`)}`);
    await until(() => over || record(told!)?.state === 'queued');
    events.push('worker told to end');
    spawnSync(restartController!, ['1'], { env });
    events.push('controller restarted');
    // A controller that is killed may not have written down yet that the node is drained: then it has come back by itself.
    // And one that has just begun does not know yet how its nodes are, of which none can be resumed.
    const resumed = () => spawnSync('scontrol', ['update', 'nodename=two', 'state=resume'], { env }).status === 0;
    await until(() => !slurm('scontrol', 'show', 'node', 'two').includes('DRAIN') || resumed());
    events.push('node resumed');

    expect(over).toBe(false);
    const { code, log } = await submitted.result;
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(events).toHaveLength(5);
    // A controller that begins again may put one back once more.
    for (const point of [killed, told]) expect(record(point!)!.attempt).toBeGreaterThanOrEqual(2);
    expect(await startCli(smallSweep(alone, epochs), { command }).result).toMatchObject({ code: 0 });
    expect(filesOf(out)).toEqual(filesOf(alone));
    expect(filesOf(out).size).toBe(10);

    const listed = startCli(['jobs', 'list', out, '--json'], { command, env: { SLURM_CONF: conf! } });
    const { jobs } = JSON.parse((await listed.result).out) as { jobs: { state: string }[] };
    expect(jobs.map(({ state }) => state)).toEqual(Array(5).fill('done'));
    expect(readdirSync(join(out, 'jobs', 'logs')).filter((name) => name.startsWith('slurm-')).length).toBe(5);
  },
  600_000,
);
