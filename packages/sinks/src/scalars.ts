import type { RunEvent } from '@basinlab/core';

/** One number at one step, as tools that draw curves know it. */
export interface Scalar {
  /** `loss/train`, `cka/value test layers.0`. */
  readonly name: string;
  /** What of the run it is about: `model 1`, `pair 1-2`; null for the whole run. */
  readonly part: string | null;
  /** Epochs trained; the place in its curve, from 0, of what a measurement has along an axis of its own. */
  readonly step: number;
  readonly value: number;
}

/** The numbers in an event: those of metrics, of every model on every split, and what was measured. */
export function scalarsOf(event: RunEvent): Scalar[] {
  switch (event.kind) {
    case 'metric':
      return event.rows.map(({ name, value, labels = {} }) => {
        const { model, epoch = 0, split } = labels;
        return {
          name: split === undefined ? name : `${name}/${split}`,
          part: model === undefined ? null : `model ${Number(model) + 1}`,
          step: Number(epoch),
          value,
        };
      });
    case 'measured':
      return measuredScalars(event);
    case 'progress':
    case 'placement':
    case 'checkpoint':
    case 'artifact':
      return [];
    default:
      // The log of a run also holds what happened to the run itself, such as that it was resumed.
      event satisfies never;
      return [];
  }
}

/** The numbers in an event by what of the run they are about. */
export function partsOf(event: RunEvent): ReadonlyMap<string | null, readonly Scalar[]> {
  const parts = new Map<string | null, Scalar[]>();
  for (const scalar of scalarsOf(event)) {
    const known = parts.get(scalar.part);
    if (known === undefined) parts.set(scalar.part, [scalar]);
    else known.push(scalar);
  }
  return parts;
}

type Cell = string | number | boolean | null | undefined;

/**
 * A row is a point over epochs, named by its labels and text axes: `cka/value test layers.0`. Rows that only a numeric axis tells apart, such as the points of a
 * path, are a curve of their own at each epoch, `linear-mode-connectivity/accuracy test epoch 4`: tools want whole steps, so these are places along it.
 */
function measuredScalars({ measurement, labels, columns, rows }: Extract<RunEvent, { kind: 'measured' }>): Scalar[] {
  const placed = ['model', 'pair', 'epoch'];
  const others = Object.entries(labels).filter(([name]) => !placed.includes(name));
  const axes = columns.filter(({ role, name }) => role === 'axis' && !placed.includes(name));
  const values = columns.filter(({ role, type }) => role === 'value' && type === 'number');
  const places = new Map<string, number>();
  return rows.flatMap((row) => {
    const of = (name: string): Cell => row[name] ?? labels[name];
    const part = ['model', 'pair'].flatMap((name) => (isThere(of(name)) ? [`${name} ${String(of(name))}`] : []))[0] ?? null;
    const told = [...others, ...axes.filter(({ type }) => type === 'text').map(({ name }) => [name, row[name]] as const)];
    const words = told.flatMap(([name, value]) => (isThere(value) ? [wordOf(name, value)] : []));
    const isPoint = axes.some(({ name, type }) => type === 'number' && isThere(row[name]));
    const epoch = of('epoch');
    if (isPoint && isThere(epoch)) words.push(wordOf('epoch', epoch));
    const curve = [part, ...words].join(' ');
    const place = places.get(curve) ?? 0;
    if (isPoint) places.set(curve, place + 1);
    return values.flatMap(({ name }) => {
      const value = row[name];
      if (typeof value !== 'number') return [];
      return [{ name: `${measurement}/${[name, ...words].join(' ')}`, part, step: isPoint ? place : Number(epoch ?? 0), value }];
    });
  });
}

const isThere = (value: Cell): value is string | number | boolean => value !== null && value !== undefined;

/** Texts speak for themselves; a slash would open a group of its own. */
const wordOf = (name: string, value: Cell): string => (typeof value === 'string' ? value : `${name} ${String(value)}`).replaceAll('/', '-');
