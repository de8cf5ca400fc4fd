/** Median wall seconds of `repeat` awaited calls after one unmeasured call. */
export async function medianSeconds(work, repeat) {
  await work();
  const runs = [];
  for (let i = 0; i < repeat; i++) {
    const start = performance.now();
    await work();
    runs.push((performance.now() - start) / 1000);
  }
  return runs.sort((a, b) => a - b)[Math.floor(runs.length / 2)];
}
