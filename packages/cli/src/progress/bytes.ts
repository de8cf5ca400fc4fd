import type { Terminal } from '../terminal.js';

/** Bytes as people say them: `63 MB`, `5.1 kB`. */
export function formatBytes(bytes: number): string {
  const [divisor, unit] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : bytes >= 1e3 ? [1e3, 'kB'] : [1, 'bytes'];
  const size = bytes / divisor;
  return `${size >= 10 || divisor === 1 ? Math.round(size) : size.toFixed(1)} ${unit}`;
}

export interface ByteProgress {
  /** What is done with which file. */
  readonly doing: string;
  readonly bytes: number;
  /** Null where nobody says how many there will be. */
  readonly total: number | null;
}

/** Seconds between lines where the line cannot be redrawn. */
const quiet = 10;

/**
 * Shows how far a transfer is: a bar that is redrawn on a terminal, elsewhere a line at the start of each piece of work and every ten seconds.
 * `now` gives seconds.
 */
export function byteReporter(
  terminal: Terminal,
  label: string,
  now: () => number = () => performance.now() / 1000,
): (progress: ByteProgress) => void {
  let doing = '';
  let logged = -Infinity;
  return (progress) => {
    const line = `${label}: ${progress.doing}${amount(progress)}`;
    if (terminal.interactive) terminal.live(line);
    else if (progress.doing !== doing || now() - logged >= quiet) {
      logged = now();
      terminal.log(line);
    }
    doing = progress.doing;
  };
}

function amount({ bytes, total }: ByteProgress): string {
  if (total === null) return bytes === 0 ? '' : ` ${formatBytes(bytes)}`;
  const share = total === 0 ? 1 : bytes / total;
  const filled = Math.floor(20 * share);
  return ` [${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${Math.floor(100 * share)}% of ${formatBytes(total)}`;
}
