import type { GroupKind } from '@basinlab/core';
import type { Traced } from '../traced.js';
import { movingSets, restingLayout, type Layout, type Occurrence, type Placed } from './layout.js';
import { combine, zero, type Form } from './linear-system.js';

// What ops do to entries that follow units by signs, factors, rotations or other maps. Every rule demands what makes the op agree with the element; an op without a rule demands that what it is given
// does not follow at all, which is always right.

/** Kinds of groups beyond permutations. */
export type LargerKind = Extract<GroupKind, 'signed-permutation' | 'scaled-permutation' | 'orthogonal' | 'invertible'>;

/** What a rule is given besides its tensors. */
export interface LayoutContext {
  readonly kind: LargerKind;
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Demands that entries along a set do not follow it. */
  vanish(...occurrences: readonly Occurrence[]): void;
  /** Demands that a form is 0. */
  equate(set: Occurrence['set'], form: Form): void;
}

type Inputs = Readonly<Record<string, Placed>>;
type LayoutRule = (inputs: Inputs, outputs: readonly Traced[], at: LayoutContext) => readonly Layout[];

/** Units keep to themselves under signs and factors, and are mixed by other kinds. */
const isDiagonal = (kind: LargerKind): boolean => kind === 'signed-permutation' || kind === 'scaled-permutation';

/** Nothing may follow. */
const nothing: LayoutRule = (inputs, outputs, at) => {
  for (const { layout } of Object.values(inputs)) at.vanish(...layout.flat());
  return outputs.map(restingLayout);
};

/** Powers of factors above 0 that an op makes of one. */
const degrees: Readonly<Record<string, number>> = {
  ...{ Relu: 1, LeakyRelu: 1, Abs: 1, Square: 2, Sqrt: 0.5, Rsqrt: -0.5, Reciprocal: -1, Sign: 0, Step: 0 },
};
const odd = new Set(['Tanh', 'Sin', 'Sinh', 'Asinh', 'Atan', 'Erf', 'Sign', 'Reciprocal']);
const even = new Set(['Abs', 'Square', 'Cos', 'Cosh']);

const mapped = (layout: Layout, f: (occurrence: Occurrence) => Occurrence): Layout => layout.map((axis) => axis.map(f));

/** An element-wise function of one tensor. */
function unary(op: string, layout: Layout, at: LayoutContext): Layout {
  const power = (degree: number): Layout => mapped(layout, ({ set, form }) => ({ set, form: combine([form, degree]) }));
  if (op === 'linear' || op === 'Neg' || op === 'Identity' || op === 'Cast') return layout;
  if (at.kind === 'scaled-permutation' && degrees[op] !== undefined) return power(degrees[op]);
  if (at.kind === 'signed-permutation' && odd.has(op)) return layout;
  if (at.kind === 'signed-permutation' && even.has(op)) return power(0);
  if (at.kind === 'orthogonal' && op === 'Square')
    return mapped(layout, (occurrence) => {
      if (occurrence.squared === true) at.vanish(occurrence);
      return { ...occurrence, squared: true };
    });
  at.vanish(...layout.flat());
  return power(0);
}

/** Occurrences at axis `k` of the result of what is broadcast; null where there are none because all entries are one. */
function along({ traced, layout }: Placed, k: number, rank: number): readonly Occurrence[] | null {
  const own = k - rank + traced.shape.length;
  return own < 0 || traced.shape[own] === 1 || traced.axes[own] === 'uniform' ? null : layout[own]!;
}

/** Element by element along one axis: sums, whose terms must follow alike, or products. */
function together(
  parts: readonly (readonly Occurrence[] | null)[],
  sets: readonly Occurrence['set'][],
  what: 'sum' | readonly number[],
  at: LayoutContext,
): readonly Occurrence[] {
  const present = parts.flatMap((part, i) => (part === null ? [] : [{ part, factor: what === 'sum' ? 1 : what[i]! }]));
  if (present.some(({ part }) => part.length !== sets.length)) {
    for (const { part } of present) at.vanish(...part);
    return sets.map((set) => ({ set, form: zero }));
  }
  const isAlone = present.length === 1;
  return sets.map((set, k): Occurrence => {
    const own = present.map(({ part, factor }) => ({ ...part[k]!, factor }));
    const [first, ...others] = own;
    if (first === undefined) return { set, form: zero };
    // Numbers that are the same for all units can be multiplied with, not added to, what follows.
    if (isAlone && what !== 'sum' && first.factor === 1) return first;
    const mixes = !isDiagonal(at.kind) && what !== 'sum';
    if (mixes || (what === 'sum' && parts.length !== present.length) || own.some(({ squared }) => squared === true)) {
      at.vanish(...own);
      return { set, form: zero };
    }
    if (what === 'sum') {
      for (const other of others) at.equate(set, combine([first.form, 1], [other.form, -1]));
      return { set, form: first.form };
    }
    return { set, form: combine(...own.map(({ form, factor }) => [form, factor] as const)) };
  });
}

const elementwise =
  (what: 'sum' | 'product' | 'quotient'): LayoutRule =>
  (inputs, [output], at) => {
    const parts = Object.values(inputs);
    const factors = parts.map((_, i) => (what === 'quotient' && i > 0 ? -1 : 1));
    const rank = output!.shape.length;
    return [
      output!.shape.map((_, k) =>
        together(
          parts.map((part) => along(part, k, rank)),
          movingSets(output!, k),
          what === 'sum' ? 'sum' : factors,
          at,
        ),
      ),
    ];
  };

/** What is summed over in a product of two. */
function contract(a: readonly Occurrence[] | null, b: readonly Occurrence[] | null, at: LayoutContext): void {
  const isPaired = a !== null && b !== null && a.length === b.length;
  (a ?? []).forEach((left, k) => {
    const right = isPaired ? b[k]! : undefined;
    if (right === undefined || left.squared === true || right.squared === true) at.vanish(left, ...(right ? [right] : []));
    else at.equate(left.set, combine([left.form, 1], [right.form, 1]));
  });
  if (!isPaired) at.vanish(...(b ?? []));
}

const at1 = ({ traced, layout }: Placed, k: number): readonly Occurrence[] | null =>
  traced.shape[k] === 1 || traced.axes[k] === 'uniform' ? null : layout[k]!;

/** Bias and activation of fused ops. */
function finish(layout: Layout, inputs: Inputs, output: Traced, at: LayoutContext): readonly Layout[] {
  const { bias, preluActivationWeights } = inputs;
  let result = layout;
  if (bias !== undefined) [result] = elementwise('sum')({ x: { traced: output, layout }, bias }, [output], at) as [Layout];
  if (preluActivationWeights !== undefined) return nothing({ x: { traced: output, layout: result }, preluActivationWeights }, [output], at);
  const activation = (at.attributes['activation'] as string | undefined) ?? 'linear';
  return [unary({ relu: 'Relu', leakyrelu: 'LeakyRelu', linear: 'linear' }[activation] ?? activation, result, at)];
}

const matMul: LayoutRule = (inputs, [output], at) => {
  const { a, b } = inputs as Record<'a' | 'b', Placed>;
  const [rankA, rankB, rank] = [a.traced.shape.length, b.traced.shape.length, output!.shape.length];
  const [row, sumA] = at.attributes['transposeA'] === true ? [rankA - 1, rankA - 2] : [rankA - 2, rankA - 1];
  const [sumB, column] = at.attributes['transposeB'] === true ? [rankB - 1, rankB - 2] : [rankB - 2, rankB - 1];
  contract(at1(a, sumA), at1(b, sumB), at);
  const batch = Array.from({ length: rank - 2 }, (_, k) =>
    together([along(a, k, rank), along(b, k, rank)], movingSets(output!, k), [1, 1], at),
  );
  return finish([...batch, a.layout[row]!, b.layout[column]!], inputs, output!, at);
};

const einsum: LayoutRule = (inputs, [output], at) => {
  const [left = '', right = ''] = (at.attributes['equation'] as string).replaceAll(/\s/g, '').split('->');
  const places = new Map<string, (readonly Occurrence[] | null)[]>();
  const terms = left.split(',');
  Object.values(inputs).forEach((input, i) =>
    [...terms[i]!].forEach((letter, k) => places.set(letter, [...(places.get(letter) ?? []), at1(input, k)])),
  );
  for (const [letter, parts] of places) if (!right.includes(letter)) contract(parts[0]!, parts[1] ?? null, at);
  return [
    [...right].map((letter, k) => {
      const parts = places.get(letter)!;
      return together(
        parts,
        movingSets(output!, k),
        parts.map(() => 1),
        at,
      );
    }),
  ];
};

const conv2d: LayoutRule = (inputs, [output], at) => {
  const { x, filter } = inputs as Record<'x' | 'filter', Placed>;
  contract(at1(x, 3), at1(filter, 2), at);
  at.vanish(...x.layout.slice(1, 3).flat(), ...filter.layout.slice(0, 2).flat());
  const channels = movingSets(output!, 3).length === filter.layout[3]!.length ? filter.layout[3]! : null;
  if (channels === null) return nothing(inputs, [output!], at);
  return finish([x.layout[0]!, ...restingLayout(output!).slice(1, 3), channels], inputs, output!, at);
};

const reduction =
  (isLinear: boolean): LayoutRule =>
  (inputs, [output], at) => {
    const [{ traced, layout }] = Object.values(inputs) as [Placed];
    const given = at.attributes['axis'] ?? at.attributes['reductionIndices'];
    const rank = traced.shape.length;
    const wanted =
      given === undefined || given === null ? traced.shape.map((_, k) => k) : [given].flat().map((k) => ((k as number) + rank) % rank);
    layout.forEach((axis, k) => {
      if (wanted.includes(k)) at.vanish(...axis.filter(({ squared }) => squared !== true || !isLinear));
      else if (!isLinear && at.kind !== 'scaled-permutation') at.vanish(...axis);
    });
    const kept = layout.filter((_, k) => !wanted.includes(k));
    const isOpen = isLinear || at.kind === 'scaled-permutation';
    let next = 0;
    // Axes of size 1 in the place of what was summed have no sets.
    const found = output!.shape.map((_, k): readonly Occurrence[] => {
      const isReduced = at.attributes['keepDims'] === true && wanted.includes(k);
      return isReduced ? [] : isOpen ? (kept[next++] ?? []) : movingSets(output!, k).map((set) => ({ set, form: zero }));
    });
    return found.every((axis, k) => axis.length === movingSets(output!, k).length) ? [found] : nothing(inputs, [output!], at);
  };

/** Ops that leave entries as they are and in their order: occurrences keep their order too. */
const inOrder: LayoutRule = (inputs, outputs, at) => {
  const [{ layout }] = Object.values(inputs) as [Placed];
  const sequence = layout.flat();
  const found = outputs.map((output): Layout | null => {
    let next = 0;
    const own = output.shape.map((_, k) =>
      movingSets(output, k).flatMap((set) => (sequence[next]?.set === set ? [sequence[next++]!] : [])),
    );
    const isWhole = next === sequence.length && own.every((axis, k) => axis.length === movingSets(output, k).length);
    return isWhole ? own : null;
  });
  return found.every((own) => own !== null) ? found : nothing(inputs, outputs, at);
};

const transpose: LayoutRule = (inputs, _, at) => {
  const [{ layout }] = Object.values(inputs) as [Placed];
  return [(at.attributes['perm'] as number[]).map((k) => layout[k]!)];
};

const concat: LayoutRule = (inputs, [output], at) => {
  const parts = Object.values(inputs);
  const rank = output!.shape.length;
  const joint = ((at.attributes['axis'] as number) + rank) % rank;
  const found = output!.shape.map((_, k) => {
    if (k !== joint)
      return together(
        parts.map((part) => along(part, k, rank)),
        movingSets(output!, k),
        'sum',
        at,
      );
    return parts.flatMap(({ layout }) => layout[k] ?? []);
  });
  return found[joint]!.length === movingSets(output!, joint).length ? [found] : nothing(inputs, [output!], at);
};

const gather: LayoutRule = (inputs, [output], at) => {
  const { x, indices } = inputs as Record<'x' | 'indices', Placed>;
  const k = ((at.attributes['axis'] as number | undefined) ?? 0) as number;
  if (((at.attributes['batchDims'] as number | undefined) ?? 0) !== 0 || k < 0) return nothing(inputs, [output!], at);
  at.vanish(...x.layout[k]!, ...indices.layout.flat());
  return [[...x.layout.slice(0, k), ...indices.layout, ...x.layout.slice(k + 1)]];
};

const pool =
  (isLinear: boolean): LayoutRule =>
  (inputs, [output], at) => {
    if (!isLinear && at.kind !== 'scaled-permutation') return nothing(inputs, [output!], at);
    const { layout } = inputs['x']!;
    at.vanish(...layout.slice(1, 3).flat());
    return [[layout[0]!, ...restingLayout(output!).slice(1, 3), layout[3]!]];
  };

const rules: Readonly<Record<string, LayoutRule>> = {
  ...{ Add: elementwise('sum'), AddN: elementwise('sum'), Sub: elementwise('sum') },
  ...{ Multiply: elementwise('product'), RealDiv: elementwise('quotient') },
  ...{ BatchMatMul: matMul, _FusedMatMul: matMul, Einsum: einsum, Conv2D: conv2d, FusedConv2D: conv2d },
  ...{ Sum: reduction(true), Mean: reduction(true), Max: reduction(false) },
  ...{
    Reshape: inOrder,
    ExpandDims: inOrder,
    Slice: inOrder,
    StridedSlice: inOrder,
    Tile: inOrder,
    BroadcastTo: inOrder,
    SplitV: inOrder,
    Unpack: inOrder,
  },
  ...{ Transpose: transpose, Concat: concat, GatherV2: gather, AvgPool: pool(true), MaxPool: pool(false) },
};
const unaries = ['Neg', 'Identity', 'Cast', ...Object.keys(degrees), ...odd, ...even];

/** Layouts of the results of an op. */
export function layoutsOf(inputs: Inputs, outputs: readonly Traced[], at: LayoutContext): readonly Layout[] {
  const rule = rules[at.op];
  if (rule !== undefined) return rule(inputs, outputs, at);
  if (unaries.includes(at.op)) return [unary(at.op, Object.values(inputs)[0]!.layout, at)];
  return nothing(inputs, outputs, at);
}
