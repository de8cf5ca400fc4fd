import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '@basinlab/core';
import { atomicWrite } from '@basinlab/core/store';
import { jobsFolder } from '../job-folder.js';

/** A job array that Slurm has taken; task N is the job at N. */
export interface SubmittedArray {
  readonly id: string;
  readonly jobs: readonly string[];
}

/** A job array to be. */
export interface PlannedArray {
  readonly kind: Job['kind'];
  readonly jobs: readonly Job[];
}

/** Place of a job in Slurm. */
export interface Task {
  readonly array: string;
  readonly index: number;
}

const file = (folder: string): string => join(jobsFolder(folder), 'slurm.json');

/** Arrays that were submitted, oldest first. */
export async function readArrays(folder: string): Promise<readonly SubmittedArray[]> {
  const text = await readFile(file(folder), 'utf8').catch(() => null);
  return text === null ? [] : (JSON.parse(text) as SubmittedArray[]);
}

export const writeArrays = (folder: string, arrays: readonly SubmittedArray[]): Promise<void> =>
  atomicWrite(file(folder), `${JSON.stringify(arrays, null, 1)}\n`);

/** Where every job was submitted last. */
export const tasksOf = (arrays: readonly SubmittedArray[]): ReadonlyMap<string, Task> =>
  new Map(arrays.flatMap(({ id, jobs }) => jobs.map((job, index) => [job, { array: id, index }] as const)));

/** Jobs as arrays: those of one kind that wait for equally many others in a row, in pieces of the size that the cluster allows. */
export function planArrays(jobs: readonly Job[], size: number): PlannedArray[] {
  const levels = new Map<string, number>();
  const groups = new Map<string, Job[]>();
  for (const job of jobs) {
    const level = Math.max(-1, ...job.after.map((id) => levels.get(id) ?? -1)) + 1;
    levels.set(job.id, level);
    const key = `${String(level).padStart(6, '0')} ${job.kind}`;
    groups.set(key, [...(groups.get(key) ?? []), job]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) =>
      Array.from({ length: Math.ceil(group.length / size) }, (_, piece) => {
        const own = group.slice(piece * size, (piece + 1) * size);
        return { kind: own[0]!.kind, jobs: own };
      }),
    );
}

/**
 * What an array waits for. Where its jobs wait for those of another, task for task: `aftercorr:ID`, by which each begins as soon as its own is done.
 * Otherwise whole arrays or single tasks. Null where it waits for nothing.
 */
export function dependencyOf(jobs: readonly Job[], arrays: readonly SubmittedArray[]): string | null {
  const tasks = tasksOf(arrays);
  const needed = jobs.map(({ after }) => after.flatMap((id) => tasks.get(id) ?? []));
  const first = needed[0]?.[0]?.array;
  const inStep = needed.every((one, index) => one.length === 1 && one[0]!.array === first && one[0]!.index === index);
  if (first !== undefined && inStep) return `aftercorr:${first}`;
  const byArray = new Map<string, Set<number>>();
  for (const { array, index } of needed.flat()) byArray.set(array, (byArray.get(array) ?? new Set()).add(index));
  if (byArray.size === 0) return null;
  const inOrder = arrays.flatMap(({ id }) => (byArray.has(id) ? [[id, byArray.get(id)!] as const] : []));
  const terms = inOrder.flatMap(([array, indices]) => {
    const whole = indices.size === arrays.find(({ id }) => id === array)!.jobs.length;
    return whole ? [array] : [...indices].map((index) => `${array}_${index}`);
  });
  return `afterok:${terms.join(':')}`;
}
