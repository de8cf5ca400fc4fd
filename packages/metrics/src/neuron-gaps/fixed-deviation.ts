import type { NeuronLayer } from '../neurons/neuron-layer.js';

/** Root mean square of a layer's fixed weights: of noise everywhere (syre), of the entries that a mask fixes (W). 0 where there are none. */
export function fixedDeviation({ shift, scale }: Pick<NeuronLayer, 'shift' | 'scale'>): number {
  if (shift === undefined) return 0;
  let [squares, count] = [0, 0];
  for (let at = 0; at < shift.length; at++) {
    if (scale !== undefined && scale[at] !== 0 && shift[at] === 0) continue;
    squares += shift[at]! ** 2;
    count += 1;
  }
  return count === 0 ? 0 : Math.sqrt(squares / count);
}
