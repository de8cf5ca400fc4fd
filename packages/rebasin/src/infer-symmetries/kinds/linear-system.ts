/** A sum of unknowns, each times a number: by the number of the unknown. Empty: 0. */
export type Form = ReadonlyMap<number, number>;

/** The form 0. */
export const zero: Form = new Map();

/** Sum of forms, each times a factor. */
export function combine(...terms: readonly (readonly [form: Form, factor: number])[]): Form {
  const sum = new Map<number, number>();
  for (const [form, factor] of terms) for (const [unknown, value] of form) sum.set(unknown, (sum.get(unknown) ?? 0) + factor * value);
  return new Map([...sum].filter(([, value]) => value !== 0));
}

/** Equations that can be added as long as they agree. */
export interface LinearSystem {
  /** Demands that a form has a value. False, and nothing is changed, where that contradicts what was demanded before. */
  demand(form: Form, value: number): boolean;
}

const EPSILON = 1e-9;

/** A system without equations, over numbers, or modulo 2, whose forms then have whole coefficients. */
export function linearSystem({ modulo2 }: { readonly modulo2: boolean }): LinearSystem {
  const normal = (value: number): number => (modulo2 ? ((value % 2) + 2) % 2 : Math.abs(value) < EPSILON ? 0 : value);
  /** Rows by the unknown that they say: that unknown less the others in the row is the value. */
  const rows = new Map<number, { readonly others: Map<number, number>; readonly value: number }>();
  return {
    demand(form, value) {
      let rest = new Map([...form].map(([unknown, coefficient]) => [unknown, normal(coefficient)] as const));
      let constant = value;
      // Rows name unknowns that no row before them says: each is put in until none is left.
      for (;;) {
        const known = [...rest].find(([unknown, coefficient]) => coefficient !== 0 && rows.has(unknown));
        if (known === undefined) break;
        const [unknown, coefficient] = known;
        const row = rows.get(unknown)!;
        rest.delete(unknown);
        constant -= coefficient * row.value;
        for (const [other, factor] of row.others) rest.set(other, normal((rest.get(other) ?? 0) + coefficient * factor));
      }
      rest = new Map([...rest].filter(([, coefficient]) => coefficient !== 0));
      constant = normal(constant);
      const [first] = rest;
      if (first === undefined) return constant === 0;
      const [unknown, coefficient] = first;
      rest.delete(unknown);
      const others = new Map([...rest].map(([other, factor]) => [other, normal(-factor / coefficient)] as const));
      rows.set(unknown, { others, value: normal(constant / coefficient) });
      return true;
    },
  };
}
