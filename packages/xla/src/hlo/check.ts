import { BasinlabError, demand } from '@basinlab/tensor';
import { elementTypes, sameShape, showType } from './types.js';
import type { DType, TensorType } from './types.js';

/** Throws `xla/<op>: <requirement>, got <got>` unless the condition holds. */
export function check(condition: boolean, op: string, requirement: string, got: unknown): asserts condition {
  demand(condition, `xla/${op}`, requirement, got);
}

export const count = (op: string, inputs: readonly TensorType[], n: number): void =>
  check(inputs.length === n, op, `${n} inputs`, inputs.length);

export function sameTypes(op: string, types: readonly TensorType[]): void {
  const [first, ...rest] = types;
  for (const other of rest) {
    if (other.dtype !== first!.dtype || !sameShape(first!.shape, other.shape))
      throw new BasinlabError(`xla/${op}`, 'inputs of equal shape and dtype', types.map(showType).join(' and '));
  }
}

/** Element kinds an op accepts. */
export type Domain = readonly ('float' | 'signed' | 'unsigned' | 'bool' | 'complex')[];
export const FLOAT: Domain = ['float'];
export const NUMBER: Domain = ['float', 'signed', 'unsigned'];
export const SIGNED: Domain = ['float', 'signed'];
export const INTEGER: Domain = ['signed', 'unsigned'];
export const BITS: Domain = ['signed', 'unsigned', 'bool'];
export const ANY: Domain = ['float', 'signed', 'unsigned', 'bool'];

export function inDomain(op: string, dtype: DType, domain: Domain): void {
  check(domain.includes(elementTypes[dtype].kind), op, `a dtype that is ${domain.join(' or ')}`, dtype);
}

/** Axes must be distinct and within the rank. */
export function axesWithin(op: string, what: string, axes: readonly number[], rank: number): void {
  check(
    axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank) && new Set(axes).size === axes.length,
    op,
    `${what} distinct and in 0..${rank - 1}`,
    axes,
  );
}

export const scalarIndices = (op: string, types: readonly TensorType[]): void =>
  check(
    types.every((type) => type.shape.length === 0 && elementTypes[type.dtype].kind !== 'float' && type.dtype !== 'bool'),
    op,
    'start indices that are integer scalars',
    types.map(showType),
  );

/** MLIR attributes. */
export const i64Array = (values: readonly number[]): string => (values.length === 0 ? 'array<i64>' : `array<i64: ${values.join(', ')}>`);
export const list = (values: readonly (number | string)[]): string => `[${values.join(', ')}]`;
export const pairs = (values: readonly (readonly [number, number])[]): string =>
  `dense<${values.length === 0 ? '' : list(values.map((pair) => list(pair)))}> : tensor<${values.length}x2xi64>`;

/** Axes of the unbatched op, after a leading axis was added. */
export const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);
export const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => i + from);
export const without = <T>(items: readonly T[], axes: readonly number[]): T[] => items.filter((_, i) => !axes.includes(i));
