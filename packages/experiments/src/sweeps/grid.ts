import { usageError } from '../errors/usage-error.js';

/** One setting of a sweep and the values that it takes, as they would stand after `--set path=`. */
export interface Axis {
  readonly path: string;
  /** The shortest end of the path that no other axis has. */
  readonly name: string;
  readonly values: readonly string[];
}

/** One run of a sweep: a value per axis. */
export interface Combination {
  /** Folder of the run: `fixedScale=0.5,epochs=3`. */
  readonly name: string;
  readonly overrides: readonly string[];
  /** By the name of the axis: numbers where they are some. */
  readonly values: Readonly<Record<string, number | string>>;
}

/** Reads `path=value,value,...`; commas within brackets, braces and quotes belong to a value. Throws a usage error on anything else. */
export function parseGrid(assignments: readonly string[]): readonly Axis[] {
  const parsed = assignments.map((assignment) => {
    const equals = assignment.indexOf('=');
    const path = assignment.slice(0, Math.max(equals, 0));
    const values = splitValues(assignment.slice(equals + 1));
    if (path === '' || values.includes(''))
      throw usageError('--grid', 'path=value,value,...', assignment, 'Example: --grid breaking.options.fixedScale=0,0.5,1,2');
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined) throw usageError('--grid', `every value of ${path} once`, twice);
    return { path, values };
  });
  const paths = parsed.map(({ path }) => path);
  const again = paths.find((path, index) => paths.indexOf(path) !== index);
  if (again !== undefined) throw usageError('--grid', 'every setting once', again, `List all its values: --grid ${again}=A,B`);
  return parsed.map(({ path, values }) => ({ path, values, name: shortName(path, paths) }));
}

/** Every combination of values, the last axis changing fastest. */
export function combinations(axes: readonly Axis[]): readonly Combination[] {
  return axes.reduce<readonly Combination[]>(
    (before, { path, name, values }) =>
      before.flatMap((combination) =>
        values.map((value) => ({
          name: [combination.name, `${name}=${fileName(value)}`].filter((part) => part !== '').join(','),
          overrides: [...combination.overrides, `${path}=${value}`],
          values: { ...combination.values, [name]: value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value },
        })),
      ),
    [{ name: '', overrides: [], values: {} }],
  );
}

/** Text split at commas, but for those within brackets, braces and quotes. */
export function splitValues(text: string): string[] {
  const values = [''];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (!quoted && '[{'.includes(character)) depth += 1;
    if (!quoted && ']}'.includes(character)) depth -= 1;
    if (character === ',' && depth === 0 && !quoted) values.push('');
    else values[values.length - 1] += character;
  }
  return values;
}

function shortName(path: string, paths: readonly string[]): string {
  const keys = path.split('.');
  const ends = keys.map((_, index) => keys.slice(keys.length - 1 - index).join('.'));
  return ends.find((end) => paths.every((other) => other === path || !`.${other}`.endsWith(`.${end}`))) ?? path;
}

/** A value as part of a folder's name: without what file systems and shells take for something else. */
const fileName = (value: string): string => value.replaceAll(/[\s"'/\\:*?<>|$`&;(){}[\]]+/g, '-').replaceAll(/^-+|-+$/g, '') || '-';
