/** What a user did or gave that cannot be served: bad file, config, shape, id or plugin. The CLI exits with `exitCode`. */
export class BasinlabError extends Error {
  override readonly name = 'BasinlabError';

  /**
   * @param id who refuses: the id of a plugin, the name of an exported function as it is written, a command, a setting or a kind of file
   * @param requirement what was required, in words
   * @param got the value that was given
   */
  constructor(
    readonly id: string,
    readonly requirement: string,
    readonly got: unknown,
    readonly details: { remedy?: string; exitCode?: 1 | 2; cause?: unknown } = {},
  ) {
    super(`${id}: ${requirement}, got ${show(got)}${details.remedy === undefined ? '' : `. ${details.remedy}`}`, { cause: details.cause });
  }

  get exitCode(): 1 | 2 {
    return this.details.exitCode ?? 1;
  }
}

/** Throws the error `<id>: <requirement>, got <got>` unless `condition` holds. */
export function demand(condition: boolean, id: string, requirement: string, got: unknown, remedy?: string): asserts condition {
  if (!condition) throw new BasinlabError(id, requirement, got, remedy === undefined ? {} : { remedy });
}

function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 500 ? `${value.slice(0, 500)}...` : value;
  if (value === undefined) return 'nothing';
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 200 ? `${text.slice(0, 200)}...` : text;
  } catch {
    return String(value);
  }
}
