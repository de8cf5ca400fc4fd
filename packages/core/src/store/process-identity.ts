import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';

/** What tells a process from every other, also from a later one with its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Machine, and where it has several worlds of process numbers (containers) also which one. */
  readonly host: string;
  /** When it was started, in the system's own words; null where that is not known. */
  readonly started: string | null;
}

/** Of this process. */
export const thisProcess = (): ProcessIdentity => ({ pid: process.pid, host: thisMachine(), started: startOf(process.pid) });

/** Whether a process still runs; null for one of another machine, of which nothing is known here. */
export function isAlive({ pid, host, started }: ProcessIdentity): boolean | null {
  if (host !== thisMachine()) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
}

function thisMachine(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Start time of a process in clock ticks since boot, field 22 of /proc/PID/stat; null on systems without it. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process that nobody waited for yet still has its entry.
    return state === 'Z' ? 'dead' : fields[18]!;
  } catch {
    return null;
  }
}
