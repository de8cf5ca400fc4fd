import { rest } from '@basinlab/core/pipeline';

/** Lets Ctrl-C and progress bars in between two parts of a long computation. Throws once the signal is aborted. */
export async function pause(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await rest();
}
