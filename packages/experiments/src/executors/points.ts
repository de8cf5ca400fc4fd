import type { Job } from '@basinlab/core';

/** A population that is trained and measured on its own. */
export interface Point {
  readonly name: string;
  /** Names of points whose training it needs as well, for measurements that look at two populations. */
  readonly also?: readonly string[];
}

/** What a worker does of a command: one population, trained, or trained and measured. */
export type Step = 'train' | 'all';

/**
 * The jobs of a command over many populations: each is trained, then measured (`--only NAME`), and the command itself comes last: it finds everything done and
 * writes the results. Where nothing is measured on its own, training is all.
 */
export function jobsOfPoints(args: readonly string[], points: readonly Point[], { measured = true } = {}): Job[] {
  const only = (name: string): string[] => [...args, '--only', name];
  const train = (name: string): string => `train.${name}`;
  const jobs = points.flatMap(({ name, also = [] }): Job[] => {
    if (!measured) return [{ id: train(name), kind: 'train', args: only(name), after: [] }];
    return [
      { id: train(name), kind: 'train', args: [...only(name), '--step', 'train'], after: [] },
      { id: `measure.${name}`, kind: 'measure', args: only(name), after: [train(name), ...also.filter((one) => one !== name).map(train)] },
    ];
  });
  return [...inOrder(jobs), { id: 'report', kind: 'report', args, after: jobs.map(({ id }) => id) }];
}

/** Each job after those that it waits for, otherwise as given. */
function inOrder(jobs: readonly Job[]): Job[] {
  const known = new Set(jobs.map(({ id }) => id));
  const placed = new Set<string>();
  const ordered: Job[] = [];
  const place = (job: Job): void => {
    if (placed.has(job.id)) return;
    placed.add(job.id);
    for (const id of job.after) if (known.has(id)) place(jobs.find((other) => other.id === id)!);
    ordered.push(job);
  };
  for (const job of jobs) place(job);
  return ordered;
}
