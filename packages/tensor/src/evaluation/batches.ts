/** Number of full batches, rows of the last one, and steps of an epoch: no sample is dropped. */
export function batchesOf(samples: number, batch: number): { full: number; rest: number; steps: number } {
  const full = Math.floor(samples / batch);
  const rest = samples - full * batch;
  return { full, rest, steps: full + (rest > 0 ? 1 : 0) };
}
