/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** Whether standard error is a terminal that can redraw a line. */
  readonly interactive: boolean;
  out(text: string): void;
  /** One line of log; a live line stays below it. */
  log(line: string): void;
  /** Replaces the live line; an empty string removes it. Ignored where standard error is not a terminal. */
  live(line: string): void;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A terminal on two streams, for example `process.stdout` and `process.stderr`. */
export function openTerminal(output: Stream, errors: Stream): Terminal {
  const interactive = errors.isTTY === true;
  let line = '';
  const draw = (text: string) => errors.write(`\r\u001b[K${text}`);
  return {
    interactive,
    out: (text) => {
      if (line !== '') draw('');
      output.write(text.endsWith('\n') ? text : `${text}\n`);
      if (line !== '') draw(line);
    },
    log: (text) => {
      errors.write(line === '' ? `${text}\n` : `\r\u001b[K${text}\n${line}`);
    },
    live: (text) => {
      if (!interactive) return;
      line = [...text].slice(0, (errors.columns ?? 80) - 1).join('');
      draw(line);
    },
  };
}
