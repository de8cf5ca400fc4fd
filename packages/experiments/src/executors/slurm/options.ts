import { z } from 'zod';

const word = z.string().regex(/^[^\s]+$/, 'must be one word');
const words = z.union([
  z.array(z.string().min(1)).min(1),
  z
    .string()
    .min(1)
    .transform((text) => text.trim().split(/\s+/)),
]);

/** What a job asks the cluster for. */
const resources = z.strictObject({
  account: word.optional().describe('account that pays'),
  partition: word.optional().describe('partition'),
  qos: word.optional().describe('quality of service'),
  constraint: word.optional().describe('features that nodes must have'),
  time: z
    .union([z.int().positive(), z.string().regex(/^(\d+-)?\d+(:\d+){0,2}$/)])
    .optional()
    .describe('time limit: minutes, H:MM:SS or D-H:MM:SS; longer work is stopped before it and goes on in another job'),
  gpus: z.union([z.int().nonnegative(), word]).optional().describe('GPUs, a number or such as a100:1'),
  cpus: z.int().positive().optional().describe('cores'),
  memory: z
    .union([z.int().positive(), z.string().regex(/^\d+[KMGT]?$/)])
    .optional()
    .describe('memory: MB, or such as 16G'),
  container: words.optional().describe('what stands before the command on the node: apptainer exec --nv /images/basinlab.sif'),
  flags: z.array(z.string().startsWith('-')).optional().describe('more flags of sbatch'),
});

/** What a job asks the cluster for, and what sbatch is told. */
export type Resources = z.infer<typeof resources>;

/** Options of the executor `slurm`. */
export const slurmOptions = z.strictObject({
  ...resources.shape,
  train: resources.partial().optional().describe('resources of training, where they differ'),
  measure: resources.partial().optional().describe('resources of measuring, where they differ'),
  report: resources.partial().optional().describe('resources of the last job, which writes the results, where they differ'),
  setup: z.array(z.string()).default([]).describe('lines of shell before the command: module load cuda'),
  command: words.optional().describe('how basinlab is started on a node; default as it was started here'),
  margin: z.int().positive().default(120).describe('seconds before the time limit at which a job stops at its next checkpoint'),
  restarts: z.int().nonnegative().default(3).describe('how often a job is started again whose process has crashed'),
  arraySize: z.int().positive().default(1000).describe('most tasks of one job array: less than MaxArraySize of the cluster'),
  poll: z.number().positive().default(10).describe('seconds between two looks at the queue'),
});

export type SlurmOptions = z.infer<typeof slurmOptions>;

/** What a kind of job asks for: its own settings over those of all. */
export const resourcesOf = (options: SlurmOptions, kind: 'train' | 'measure' | 'report'): Resources => ({
  ...options,
  ...Object.fromEntries(Object.entries(options[kind] ?? {}).filter(([, value]) => value !== undefined)),
});

/** Resources as flags of sbatch. */
export function resourceFlags({ account, partition, qos, constraint, time, gpus, cpus, memory, flags = [] }: Resources): string[] {
  const named = { account, partition, qos, constraint, time, gpus, 'cpus-per-task': cpus, mem: memory };
  return [
    ...Object.entries(named).flatMap(([name, value]) => (value === undefined || value === 0 ? [] : [`--${name}=${value}`])),
    ...flags,
  ];
}
