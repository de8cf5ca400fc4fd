/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** Whether standard error is a terminal that can redraw a line. */
  readonly interactive: boolean;
  out(text: string): void;
  /** One line of log; a live line stays below it. */
  log(line: string): void;
  /** Replaces the live lines; an empty string removes them. Ignored where standard error is not a terminal. */
  live(lines: string): void;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A terminal on two streams, for example `process.stdout` and `process.stderr`. */
export function openTerminal(output: Stream, errors: Stream): Terminal {
  const interactive = errors.isTTY === true;
  let shown = '';
  const erase = () => `\r\u001b[K${'\u001b[1A\u001b[K'.repeat(shown.split('\n').length - 1)}`;
  const clip = (line: string) => [...line].slice(0, (errors.columns ?? 80) - 1).join('');
  return {
    interactive,
    out: (text) => {
      if (shown !== '') errors.write(erase());
      output.write(text.endsWith('\n') ? text : `${text}\n`);
      if (shown !== '') errors.write(`\r\u001b[K${shown}`);
    },
    log: (text) => {
      errors.write(shown === '' ? `${text}\n` : `${erase()}${text}\n${shown}`);
    },
    live: (lines) => {
      if (!interactive) return;
      const next = lines.split('\n').map(clip).join('\n');
      errors.write(`${erase()}${next}`);
      shown = next;
    },
  };
}
