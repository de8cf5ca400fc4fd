import { constants } from 'node:os';
import { libcFunction } from './memory.js';

// A signal that JavaScript listens for is lost on a thread that never comes back to its event loop: an endless loop in a plugin could not be ended
// but by SIGKILL. With SA_RESETHAND the system itself takes the listener away when the first signal arrives, so that the second one does what it
// does to any program.

/** `struct sigaction`: its size, and place and value of the flag. Linux is glibc's and musl's layout on 64-bit machines. */
const layouts: Partial<Record<NodeJS.Platform, { readonly size: number; readonly flagsAt: number; readonly reset: number }>> = {
  linux: { size: 152, flagsAt: 136, reset: 0x80000000 },
  darwin: { size: 16, flagsAt: 12, reset: 0x0004 },
};

/**
 * Lets the second of each of these signals end the process at once, whatever it does; to be called once the process listens for them. Returns whether
 * this system can.
 */
export function endAtSecond(signals: readonly NodeJS.Signals[]): boolean {
  const layout = layouts[process.platform];
  if (layout === undefined) return false;
  const sigaction = libcFunction('sigaction', 'int', ['int', 'void *', 'void *']);
  for (const signal of signals) {
    const action = new Uint8Array(layout.size);
    if (sigaction(constants.signals[signal], null, action) !== 0) return false;
    const fields = new DataView(action.buffer);
    fields.setUint32(layout.flagsAt, fields.getUint32(layout.flagsAt, true) | layout.reset, true);
    if (sigaction(constants.signals[signal], action, null) !== 0) return false;
  }
  return true;
}
