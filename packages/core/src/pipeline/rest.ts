/** Milliseconds of work without a rest. */
const LONGEST_WORK = 50;
let rested = performance.now();

/**
 * Gives signals, timers and streams a turn, at most every 50 ms: engines without threads of their own compute in the thread that would hear Ctrl-C, and their
 * promises are kept before anything else gets one.
 */
export async function rest(): Promise<void> {
  if (performance.now() - rested < LONGEST_WORK) return;
  await new Promise((resolve) => setTimeout(resolve));
  rested = performance.now();
}
