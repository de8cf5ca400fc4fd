import { nearest } from '@basinlab/core/container';

/**
 * What may have been meant by a path whose key at `depth` is unknown: a setting of the last key's name anywhere (`model.width` has
 * `architecture.options.width`), the nearest key beside it, the nearest name anywhere, or else all keys that are known there.
 */
export function suggestPath(path: readonly string[], depth: number, known: readonly (readonly string[])[]): string {
  const parent = path.slice(0, depth);
  const leaf = path.at(-1)!;
  const siblings = [...new Set(known.filter((other) => startsWith(other, parent)).map((other) => other[depth]!))];
  const named = known.filter((other) => other.at(-1) === leaf).sort((a, b) => shared(b, path) - shared(a, path))[0];
  if (named !== undefined) return didYouMean(named);
  const near = nearest(path[depth]!, siblings);
  if (near !== null) return didYouMean([...parent, near]);
  const nearLeaf = nearest(leaf, [...new Set(known.map((other) => other.at(-1)!))]);
  if (nearLeaf !== null) return didYouMean(known.find((other) => other.at(-1) === nearLeaf)!);
  return siblings.length === 0 ? 'There are no settings here' : `Known: ${siblings.join(', ')}`;
}

const startsWith = (path: readonly string[], parent: readonly string[]): boolean =>
  path.length > parent.length && parent.every((key, index) => path[index] === key);

/** Number of keys with which both begin. */
const shared = (a: readonly string[], b: readonly string[]): number => {
  const different = a.findIndex((key, index) => key !== b[index]);
  return different < 0 ? a.length : different;
};

const didYouMean = (path: readonly string[]): string => `Did you mean ${path.join('.')}?`;
