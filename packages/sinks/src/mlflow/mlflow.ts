import { createHash, randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { atomicWrite } from '@basinlab/core/store';
import type { Sink } from '@basinlab/core';
import { z } from 'zod';
import { partsOf, type Scalar } from '../scalars.js';

const options = z.strictObject({
  directory: z.string().min(1).default('mlruns').describe('folder that MLflow reads: mlflow ui --backend-store-uri DIR'),
  experiment: z.string().min(1).default('basinlab').describe('experiment that the runs belong to'),
});
/** Options of `mlflow`. */
export type MlflowOptions = z.output<typeof options>;

/** As MLflow's protocol counts them. */
const statuses = { running: 1, finished: 3, failed: 4 } as const;
const local = 4;

/** Runs in MLflow's own file layout: one for the run with its settings, and one below it for each model and pair with its curves. */
export const mlflow: Sink<MlflowOptions> = {
  id: 'mlflow',
  summary: 'runs of an MLflow experiment, one below the run for each model and pair, as files that MLflow reads',
  options,
  async open({ name, config }, { directory, experiment }) {
    const home = resolve(directory);
    const experimentId = await experimentIn(home, experiment);
    const place = { home, experimentId };
    let whole: Promise<FileRun> | undefined;
    const runs = new Map<string, Promise<FileRun>>();
    const wholeRun = (time: number): Promise<FileRun> => (whole ??= createFileRun(place, name, time, parametersOf(config)));
    const runOf = async (part: string | null, time: number): Promise<FileRun> => {
      const parent = await wholeRun(time);
      if (part === null) return parent;
      const known = runs.get(part) ?? createFileRun(place, `${name}, ${part}`, time, {}, parent.id);
      runs.set(part, known);
      return known;
    };
    let last = Date.now();
    return {
      async write(event, time) {
        last = time;
        for (const [part, scalars] of partsOf(event)) await (await runOf(part, time)).log(scalars, time);
      },
      async close(status) {
        for (const run of await Promise.all([wholeRun(last), ...runs.values()])) await run.end(last, statuses[status]);
      },
    };
  },
};

interface Place {
  readonly home: string;
  readonly experimentId: string;
}

interface FileRun {
  readonly id: string;
  log(scalars: readonly Scalar[], time: number): Promise<void>;
  end(time: number, status: number): Promise<void>;
}

async function createFileRun(
  { home, experimentId }: Place,
  name: string,
  started: number,
  parameters: Readonly<Record<string, string>>,
  parent?: string,
): Promise<FileRun> {
  const id = randomUUID().replaceAll('-', '');
  const folder = join(home, experimentId, id);
  const meta = (status: number, ended: number | null): Promise<void> =>
    atomicWrite(
      join(folder, 'meta.yaml'),
      yaml({
        artifact_uri: pathToFileURL(join(folder, 'artifacts')).href,
        end_time: ended,
        entry_point_name: '',
        experiment_id: experimentId,
        lifecycle_stage: 'active',
        run_id: id,
        run_name: name,
        run_uuid: id,
        source_name: 'basinlab',
        source_type: local,
        source_version: '',
        start_time: started,
        status,
        user_id: 'basinlab',
      }),
    );
  for (const part of ['artifacts', 'metrics', 'params', 'tags']) await mkdir(join(folder, part), { recursive: true });
  const tags = {
    'mlflow.runName': name,
    'mlflow.source.name': 'basinlab',
    ...(parent === undefined ? {} : { 'mlflow.parentRunId': parent }),
  };
  for (const [tag, value] of Object.entries(tags)) await writeFile(join(folder, 'tags', tag), value);
  for (const [key, value] of Object.entries(parameters)) await writeFile(join(folder, 'params', key), value);
  await meta(statuses.running, null);
  return {
    id,
    async log(scalars, time) {
      const lines = new Map<string, string>();
      for (const { name: metric, value, step } of scalars)
        lines.set(metric, `${lines.get(metric) ?? ''}${time} ${numberText(value)} ${step}\n`);
      for (const [metric, text] of lines) {
        const file = join(folder, 'metrics', ...metric.split('/').map(segmentOf));
        await mkdir(dirname(file), { recursive: true });
        await appendFile(file, text);
      }
    },
    end: (time, status) => meta(status, time),
  };
}

/** A part of a metric's name as a folder or file; a log of others must not lead out of the run's folder. */
const segmentOf = (part: string): string => part.replace(/[^\w. -]/g, '_').replace(/^\.*$/, '_');

/** MLflow's spelling, which is Python's. */
const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';

/** The experiment of a name, made where there is none yet. */
async function experimentIn(home: string, name: string): Promise<string> {
  await mkdir(home, { recursive: true });
  for (const entry of await readdir(home)) {
    const meta = await readFile(join(home, entry, 'meta.yaml'), 'utf8').catch(() => '');
    const found = /^name: (.*)$/m.exec(meta)?.[1];
    if (found !== undefined && (found === name || found === JSON.stringify(name) || found === `'${name.replaceAll("'", "''")}'`))
      return entry;
  }
  // Digits, as MLflow's own ids are; the same for the same name.
  const id = String(BigInt(`0x${createHash('sha256').update(name).digest('hex').slice(0, 14)}`)).padStart(18, '1');
  const now = Date.now();
  const folder = join(home, id);
  await mkdir(folder, { recursive: true });
  const facts = { artifact_location: pathToFileURL(folder).href, creation_time: now, experiment_id: id, last_update_time: now };
  await atomicWrite(join(folder, 'meta.yaml'), yaml({ ...facts, lifecycle_stage: 'active', name }));
  return id;
}

/** A flat document; JSON's texts and numbers are YAML's. */
const yaml = (values: Readonly<Record<string, string | number | null>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('');

/** Leaves of nested settings by their dotted path, as MLflow lists them; names and values as long as it takes. */
function parametersOf(config: unknown, path = ''): Record<string, string> {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    return path === '' || text === undefined ? {} : { [path.slice(0, 250)]: text.slice(0, 6000) };
  }
  return Object.assign(
    {},
    ...Object.entries(config).map(([key, value]) => parametersOf(value, `${path === '' ? '' : `${path}.`}${key.replace(/[^\w-]/g, '_')}`)),
  ) as Record<string, string>;
}
