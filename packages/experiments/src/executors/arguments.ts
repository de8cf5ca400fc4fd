/** Flags of a command as its parser gave them. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** A command line that means the same: positional arguments, then flags by name, lists as repeated flags. */
export function argumentsOf(command: string, positional: readonly (string | undefined)[], flags: Flags): string[] {
  const named = Object.entries(flags).flatMap(([name, value]) => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    return (typeof value === 'string' ? [value] : value).flatMap((one) => [flag, one]);
  });
  return [command, ...positional.filter((one) => one !== undefined), ...named];
}

/** Words as one line for a shell. */
export const shellLine = (words: readonly string[]): string => words.map(quoted).join(' ');

const quoted = (text: string): string => (/^[\w.=,:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
