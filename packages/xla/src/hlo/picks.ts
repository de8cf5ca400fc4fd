import type { Builder } from './builder.js';
import type { Value } from './graph.js';

/** Where the floats of `fromLevels` come from. */
export interface LevelSource {
  readonly levels: Value;
  readonly channels: number;
  decode(b: Builder, levels: Value): Value;
}

const sources = new WeakMap<Value, LevelSource>();

/** Notes that a value is made of bytes, entry by entry. */
export function markLevels(value: Value, source: LevelSource): void {
  sources.set(value, source);
}

/** The bytes that a value is made of, if any. */
export const levelsOf = (value: Value): Value | undefined => sources.get(value)?.levels;

/**
 * Applies something that picks entries of `x`, to the bytes that they are made of where there are some. `keepsChannels` says whether picked entries stay at their
 * position along the last axis, modulo the number of channels.
 */
export function pick(b: Builder, x: Value, keepsChannels: (channels: number) => boolean, apply: (x: Value) => Value): Value {
  const source = sources.get(x);
  if (source === undefined || !(source.channels === 1 || keepsChannels(source.channels))) return apply(x);
  return source.decode(b, apply(source.levels));
}
