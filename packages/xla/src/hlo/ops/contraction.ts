import { axesWithin, check, list, range, shifted, without } from '../check.js';
import { defineOp, mapped, oneAtATime } from '../op.js';
import type { BatchCall, Batched } from '../op.js';
import { showType } from '../types.js';
import type { Precision, TensorType } from '../types.js';
import { transpose } from './shape.js';

export interface DotAttrs {
  readonly lhsBatch: readonly number[];
  readonly rhsBatch: readonly number[];
  readonly lhsContract: readonly number[];
  readonly rhsContract: readonly number[];
  readonly precision: Precision;
  /** Dtype the products are summed and returned in; the inputs' own if absent. */
  readonly accumulate?: TensorType['dtype'];
}

export const precisionText = (precision: Precision): string => {
  const one = `#stablehlo<precision ${precision.toUpperCase()}>`;
  return `precision_config = [${one}, ${one}]`;
};

/** Generalised matrix product: result axes are the batch axes, then the free axes of the left, then those of the right side. */
export const dotGeneral = defineOp<DotAttrs>({
  name: 'dot_general',
  affine: oneAtATime,
  products: ([a], { lhsContract }) => lhsContract.reduce((product, axis) => product * a!.shape[axis]!, 1),
  infer: ([a, b], { lhsBatch, rhsBatch, lhsContract, rhsContract, accumulate }) => {
    axesWithin('dot_general', 'left batch and contracted axes', [...lhsBatch, ...lhsContract], a!.shape.length);
    axesWithin('dot_general', 'right batch and contracted axes', [...rhsBatch, ...rhsContract], b!.shape.length);
    check(a!.dtype === b!.dtype, 'dot_general', 'one dtype', `${showType(a!)} and ${showType(b!)}`);
    pairsEqual('batch', a!, b!, lhsBatch, rhsBatch);
    pairsEqual('contracted', a!, b!, lhsContract, rhsContract);
    const batch = lhsBatch.map((axis) => a!.shape[axis]!);
    return [
      {
        shape: [...batch, ...without(a!.shape, [...lhsBatch, ...lhsContract]), ...without(b!.shape, [...rhsBatch, ...rhsContract])],
        dtype: accumulate ?? a!.dtype,
      },
    ];
  },
  text: ({ lhsBatch, rhsBatch, lhsContract, rhsContract, precision }) =>
    `dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = ${list(lhsBatch)}, rhs_batching_dimensions = ${list(rhsBatch)}, ` +
    `lhs_contracting_dimensions = ${list(lhsContract)}, rhs_contracting_dimensions = ${list(rhsContract)}>, ${precisionText(precision)}`,
  batch: (call) => {
    const [a, b] = call.inputs;
    if (a!.mapped && !b!.mapped && contractedLast(call.attrs.lhsBatch, call.attrs.lhsContract, a!)) return freeLeft(call);
    if (b!.mapped && !a!.mapped && contractedLast(call.attrs.rhsBatch, call.attrs.rhsContract, b!)) return freeRight(call);
    const { lhsBatch, rhsBatch, lhsContract, rhsContract } = call.attrs;
    return call.emit(call.lifted(), {
      ...call.attrs,
      lhsBatch: [0, ...shifted(lhsBatch)],
      rhsBatch: [0, ...shifted(rhsBatch)],
      lhsContract: shifted(lhsContract),
      rhsContract: shifted(rhsContract),
    });
  },
});

function pairsEqual(what: string, a: TensorType, b: TensorType, left: readonly number[], right: readonly number[]): void {
  check(left.length === right.length, 'dot_general', `as many ${what} axes left as right`, [left, right]);
  left.forEach((axis, i) =>
    check(
      a.shape[axis] === b.shape[right[i]!],
      'dot_general',
      `${what} sizes equal`,
      `${a.shape[axis]} and ${b.shape[right[i]!]} (${showType(a)} and ${showType(b)})`,
    ),
  );
}

// With one side shared by all examples, the new axis joins the free axes of the other side, so that one large product does the work. Only
// where that side needs no copy for it: no batch axes, and the contracted ones last (the mapped axis and the free ones then lie together).
function contractedLast(batch: readonly number[], contract: readonly number[], side: Batched): boolean {
  const rank = side.value.shape.length - 1;
  return batch.length === 0 && contract.every((axis) => axis >= rank - contract.length);
}

function freeLeft(call: BatchCall<DotAttrs>): Batched[] {
  return call.emit([call.inputs[0]!.value, call.inputs[1]!.value], { ...call.attrs, lhsContract: shifted(call.attrs.lhsContract) });
}

function freeRight(call: BatchCall<DotAttrs>): Batched[] {
  const [result] = call.emit([call.inputs[0]!.value, call.inputs[1]!.value], {
    ...call.attrs,
    rhsContract: shifted(call.attrs.rhsContract),
  });
  const free = call.inputTypes[0]!.shape.length - call.attrs.lhsContract.length;
  const rank = result!.value.shape.length;
  return mapped(call.graph.add(transpose, [result!.value], { axes: [free, ...without(range(rank), [free])] })[0]!);
}

export const contractionOps = { dotGeneral };
