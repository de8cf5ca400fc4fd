import type { DataType } from '@tensorflow/tfjs-core';
import { fix, freshAxis, unify, type Axis } from './index-set.js';

/** A tensor without numbers: its shape and what each of its axes is made of. */
export interface Traced {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly axes: readonly Axis[];
}

/** Something that had to stay where it is because an op does not treat its entries alike. */
export interface Restriction {
  readonly op: string;
  readonly reason: string;
}

/** What the rule of an op is given besides its inputs. */
export interface RuleContext {
  readonly op: string;
  /** Ties axes that the op walks along together; axes of size 1 and uniform ones take part in nothing. Returns the one that is left. */
  join(axes: readonly { axis: Axis; size: number }[]): Axis;
  /** Keeps an axis as it is; `reason` says what the op does with it. */
  keep(axis: Axis, reason: string): void;
  /** Tells that something had to be kept, where that has been done already. */
  note(reason: string): void;
}

/** How one op carries permutations of its inputs' axes to its outputs' axes. */
export type OpRule = (
  inputs: Readonly<Record<string, Traced>>,
  attributes: Readonly<Record<string, unknown>>,
  at: RuleContext,
) => Traced | Traced[];

/** The context of one op; what it has to keep in place is added to `restrictions`. */
export function ruleContext(op: string, restrictions: Restriction[]): RuleContext {
  const note = (reason: string): void => void restrictions.push({ op, reason });
  return {
    op,
    note,
    join(axes) {
      const long = axes.flatMap(({ axis, size }) => (size === 1 || axis === 'uniform' ? [] : [axis]));
      const [first, ...others] = long;
      if (first === undefined) return axes.every(({ size }) => size === 1) ? [[]] : 'uniform';
      for (const other of others) if (!unify(first, other)) note('its inputs divide an axis in ways that do not fit');
      return first;
    },
    keep(axis, reason) {
      if (axis !== 'uniform' && fix(axis)) note(reason);
    },
  };
}

/** An axis on which nothing moves. */
export const still = (size: number): Axis => freshAxis(size, true);

/** The one axis `k` of a traced tensor with its size, for `join`; absent axes count as size 1. */
export function axisAt({ axes, shape }: Traced, k: number): { axis: Axis; size: number } {
  return { axis: axes[k] ?? [[]], size: shape[k] ?? 1 };
}
