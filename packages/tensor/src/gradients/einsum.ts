import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/**
 * Gradient of `tf.einsum`, which is an einsum again: for each operand, the incoming gradient with the other operands, kept along the operand's
 * letters. A letter that only this operand has was summed away: its gradient is the same all along that axis.
 */
export const einsumGradient: GradConfig = {
  kernelName: 'Einsum',
  saveAllInputs: true,
  gradFunc: (dy, saved, attrs) => {
    const [terms, result] = (attrs as { equation: string }).equation.replaceAll(' ', '').split('->') as [string, string];
    const letters = terms.split(',');
    const slopes = saved.map((operand, i) => {
      const others = saved.filter((_, j) => j !== i);
      const names = letters.filter((_, j) => j !== i);
      return [String(i), (): Tensor => gradientOf(operand, letters[i]!, dy as Tensor, result, others, names)] as const;
    });
    return Object.fromEntries(slopes);
  },
};

function gradientOf(operand: Tensor, letters: string, dy: Tensor, result: string, others: Tensor[], names: string[]): Tensor {
  const known = result + names.join('');
  const target = [...letters].filter((letter) => known.includes(letter)).join('');
  const factors = [...(result === '' ? [] : [{ value: dy, term: result }]), ...others.map((value, j) => ({ value, term: names[j]! }))];
  const product = factors.length === 0 ? tf.ones([]) : contract(factors, target);
  const gradient = result === '' ? tf.mul(product, dy) : product;
  const aligned = tf.reshape(
    gradient,
    operand.shape.map((size, axis) => (target.includes(letters[axis]!) ? size : 1)),
  );
  return target === letters ? aligned : tf.broadcastTo(aligned, operand.shape);
}

const contract = (factors: { value: Tensor; term: string }[], target: string): Tensor =>
  tf.einsum(`${factors.map(({ term }) => term).join()}->${target}`, ...factors.map(({ value }) => value));
