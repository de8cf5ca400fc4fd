import * as tf from '@tensorflow/tfjs-core';
import { demand, type GroupElement, type ParamSpec, type Tensors, type WidenOnto } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, normal, type Key } from '@basinlab/core/random';
import { applySemiPermutation, applyTransform, matchSemiPermutation, type SemiPermutation, type UnitProducts } from '@basinlab/rebasin';
import { blockNames, gateAndIn } from '../architectures/parameter-names.js';
import { expandCircuits } from '../rewrites/expand-width.js';
import { matchCircuits } from './match-circuits.js';
import { matchResidual } from './match-residual.js';

/** How often heads and units are split anew, each time after the residual stream was rotated once more. */
const ROUNDS = 3;
/** Iterations of matching between them. */
const ITERATIONS = 5;

/**
 * Brings model B in circuit form, whose residual stream is narrower or which has fewer heads or MLP units than A, to the sizes of A with the same function: its
 * stream is laid into the wider one and rotated onto A's, and its heads and units are split by semi-permutations so that they come close to A's. What remains is
 * a matching of models of one size. Norms of the wider stream add A's epsilon in place of width / wide of B's: the function is the same up to that. Theus et al. 2025, arXiv
 * 2506.22712, sections on semi-permutations and on models of different widths; there is no code of the former.
 * @returns new tensors of A's shapes
 * @throws BasinlabError where B has more of anything than A, or other tokens, positions or layers; see `enlarge` of `@basinlab/rebasin` for fewer layers
 */
export async function widenCircuits(b: Tensors, { params: a, specs, key }: WidenOnto): Promise<Tensors> {
  demandNarrower(a, b);
  let wide = laidInto(b, a['norm.bias']!.shape[0]!, key);
  const rotate = (residual: GroupElement): void => {
    const next = applyTransform(specsOf(specs, wide), wide, { residual });
    tf.dispose(wide);
    wide = next;
  };
  try {
    rotate((await matchResidual(a, wide, { layers: false })).element);
    for (let round = 0; ; round++) {
      const split = await splitOnto(a, wide);
      if (round === ROUNDS - 1) return split;
      const { transform } = await matchCircuits(a, split, { specs, iterations: ITERATIONS }).finally(() => tf.dispose(split));
      rotate(transform['residual']!);
    }
  } finally {
    tf.dispose(wide);
  }
}

/** The specs of a network whose parameters have other sizes. */
const specsOf = (specs: readonly ParamSpec[], params: Tensors): ParamSpec[] =>
  specs.map((spec) => ({ ...spec, shape: params[spec.name]!.shape }));

/** The model in a residual stream of `width` coordinates, of whichever it takes some at random. */
function laidInto(params: Tensors, width: number, key: Key): Tensors {
  const narrow = params['norm.bias']!.shape[0]!;
  if (width === narrow) return Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.clone(tensor)]));
  const basis = orthonormalColumns(Float64Array.from(normal(childKey(key, 'basis'), width * narrow)), width, narrow);
  const columns = tf.tensor2d(Float32Array.from(basis), [width, narrow]);
  // Norms take the epsilon of the network that they are in.
  const { params: wide } = expandCircuits(params, columns, 0);
  columns.dispose();
  return wide;
}

async function splitOnto(a: Tensors, b: Tensors): Promise<Tensors> {
  const semis: { readonly semi: SemiPermutation; readonly copied: readonly string[]; readonly split: string; readonly axis: number }[] = [];
  for (const block of blockNames(a)) {
    const [attention, mlp] = [`${block}.attention`, `${block}.mlp`];
    const readers = gateAndIn(a, mlp).flatMap((name) => [`${name}.weight`, `${name}.bias`]);
    const parts = [
      { copied: [`${attention}.qk`], split: `${attention}.ov`, axis: 0 },
      { copied: readers, split: `${mlp}.out.weight`, axis: 1 },
    ];
    for (const part of parts) {
      const { copied, split, axis } = part;
      if (a[split]!.shape[axis] !== b[split]!.shape[axis]) semis.push({ ...part, semi: await semiOf(a, b, copied, split, axis) });
    }
  }
  return tf.tidy(() => {
    const result: Tensors = Object.fromEntries(Object.entries(b).map(([name, tensor]) => [name, tf.clone(tensor)]));
    for (const { semi, copied, split, axis } of semis) {
      for (const name of copied) result[name] = applySemiPermutation(result[name]!, 0, semi, 'copy');
      result[split] = applySemiPermutation(result[split]!, axis, semi, 'split');
    }
    return result;
  });
}

/** How units of B are best split into those of A: what they read is copied, what they write is shared. */
async function semiOf(a: Tensors, b: Tensors, copied: readonly string[], split: string, axis: number): Promise<SemiPermutation> {
  const rows = (params: Tensors, name: string): tf.Tensor2D => {
    const x = params[name]!;
    return tf.reshape(name === split && axis === 1 ? tf.transpose(x) : x, [x.shape[name === split ? axis : 0]!, -1]);
  };
  const productsOf = async (names: readonly string[]): Promise<UnitProducts> => {
    const found = tf.tidy(() => {
      const [x, y] = [a, b].map(
        (params) =>
          tf.concat(
            names.map((name) => rows(params, name)),
            1,
          ) as tf.Tensor2D,
      );
      return [tf.sum(tf.square(x!), 1), tf.sum(tf.square(y!), 1), tf.matMul(x!, y!, false, true)];
    });
    const [ofA, ofB, between] = await Promise.all(found.map((tensor) => tensor.data()));
    tf.dispose(found);
    return { ofA: ofA!, ofB: ofB!, between: between! };
  };
  return matchSemiPermutation(await productsOf(copied), await productsOf([split])).semi;
}

function demandNarrower(a: Tensors, b: Tensors): void {
  const names = Object.keys(a);
  demand(
    names.length === Object.keys(b).length && names.every((name) => name in b),
    'widen',
    'models of equally many layers',
    Object.keys(b).length,
  );
  for (const name of names) {
    const [x, y] = [a[name]!.shape, b[name]!.shape];
    const isNarrower = x.length === y.length && x.every((length, axis) => length >= y[axis]!);
    demand(isNarrower, name, `no more than ${x.join(' x ')}, as in the first model`, y.join(' x '), 'Name the larger model first.');
    if (/^(tokens|positions)\.weight$/.test(name) || name === 'head.weight')
      demand(x[0] === y[0], name, `${x[0]!} rows, as in the first model`, y[0]);
    if (name === 'patches.weight') demand(x[1] === y[1], name, `${x[1]!} columns, as in the first model`, y[1]);
  }
}
