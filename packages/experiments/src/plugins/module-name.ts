import { isAbsolute, relative, sep } from 'node:path';

/**
 * A module as it can be typed into a shell here: a path below the working folder begins with `./`, others and packages stay as they are. Names come from files of others: what a
 * shell could read otherwise is quoted.
 */
export function typedModule(module: string): string {
  const inside = isAbsolute(module) ? relative(process.cwd(), module) : '..';
  const short = inside === '' || inside.startsWith('..') || isAbsolute(inside) ? module : `./${inside.split(sep).join('/')}`;
  if (/^[\w./@:+\\-]+$/.test(short)) return short;
  return process.platform === 'win32' ? `"${short}"` : `'${short.replaceAll("'", String.raw`'\''`)}'`;
}
