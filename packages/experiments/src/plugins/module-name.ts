import { isAbsolute, relative, sep } from 'node:path';

/** A module as it can be typed here: a path below the working folder begins with `./`, others and packages stay as they are. */
export function typedModule(module: string): string {
  const inside = isAbsolute(module) ? relative(process.cwd(), module) : '..';
  const short = inside === '' || inside.startsWith('..') || isAbsolute(inside) ? module : `./${inside.split(sep).join('/')}`;
  return /\s/.test(short) ? JSON.stringify(short) : short;
}
