import { demand } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Builder, Value } from '../hlo/index.js';
import { unify } from './dtypes.js';
import { listLowering } from './lowering.js';
import type { Lowering } from './lowering.js';

/** A value with a letter for each of its axes. */
interface Term {
  readonly value: Value;
  readonly letters: string;
}

export const einsumKernels: Readonly<Record<string, Lowering>> = {
  // Pair by pair from the left; each letter is summed as soon as no later term needs it.
  Einsum: listLowering<{ equation: string }>((b, values, { equation }) => {
    if (values.length <= 2) checkEquation(equation, values);
    const [left, right] = equation.replaceAll(' ', '').split('->');
    demand(
      left !== undefined && right !== undefined && /^[a-zA-Z,]*->[a-zA-Z]*$/.test(`${left}->${right}`),
      'xla/einsum',
      'an equation of letters with "->"',
      equation,
    );
    const letters = left.split(',');
    demand(letters.length === values.length, 'xla/einsum', `${letters.length} operands for "${equation}"`, values.length);
    const unified = unify(b, ...values);
    letters.forEach((term, i) => {
      const rank = unified[i]!.shape.length;
      demand(
        term.length === rank && new Set(term).size === rank,
        'xla/einsum',
        `distinct letters, one per axis of operand ${i} (${rank})`,
        term,
      );
    });
    const needed = (from: number): string => letters.slice(from).join('') + right;
    let result = sumOut(b, { value: unified[0]!, letters: letters[0]! }, needed(1));
    for (let i = 1; i < unified.length; i++) {
      const other = sumOut(b, { value: unified[i]!, letters: letters[i]! }, result.letters + needed(i + 1));
      result = contract(b, sumOut(b, result, other.letters + needed(i + 1)), other, needed(i + 1));
    }
    const sum = sumOut(b, result, right);
    return b.transpose(
      sum.value,
      [...right].map((letter) => sum.letters.indexOf(letter)),
    );
  }),
};

/** Throws what every backend of tfjs throws for an equation of at most two operands, which is all that the others take. */
function checkEquation(equation: string, values: readonly Value[]): void {
  const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, values.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, values as unknown as tf.Tensor[]);
}

function sumOut(b: Builder, { value, letters }: Term, needed: string): Term {
  const axes = [...letters].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]));
  return { value: b.reduceSum(value, axes), letters: [...letters].filter((letter) => needed.includes(letter)).join('') };
}

function contract(b: Builder, x: Term, y: Term, needed: string): Term {
  const shared = [...x.letters].filter((letter) => y.letters.includes(letter));
  const batch = shared.filter((letter) => needed.includes(letter));
  const summed = shared.filter((letter) => !needed.includes(letter));
  const axes = (term: Term, which: string[]): number[] => which.map((letter) => term.letters.indexOf(letter));
  const free = (term: Term): string[] => [...term.letters].filter((letter) => !shared.includes(letter));
  return {
    value: b.dotGeneral(x.value, y.value, {
      lhsBatch: axes(x, batch),
      rhsBatch: axes(y, batch),
      lhsContract: axes(x, summed),
      rhsContract: axes(y, summed),
    }),
    letters: [...batch, ...free(x), ...free(y)].join(''),
  };
}
