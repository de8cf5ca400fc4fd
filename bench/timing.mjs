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

/** What `work` resolves to, and by how many megabytes the process grew at most while it ran (sampled every 10 ms and at its end). */
export async function withPeakMegabytes(work) {
  const resident = () => process.memoryUsage.rss() / 2 ** 20;
  const before = resident();
  let most = before;
  const sample = () => {
    most = Math.max(most, resident());
  };
  const timer = setInterval(sample, 10);
  try {
    const result = await work();
    sample();
    return { ...result, megabytes: most - before };
  } finally {
    clearInterval(timer);
  }
}
