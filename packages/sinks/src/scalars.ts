import type { RunEvent } from '@basinlab/core';

/** One number at one step, as tools that draw curves know it. */
export interface Scalar {
  /** `loss/train`. */
  readonly name: string;
  /** Counted from 1; null for a number of the whole run. */
  readonly model: number | null;
  /** Epochs trained. */
  readonly step: number;
  readonly value: number;
}

/** The numbers in an event: those of metrics, of every model on every split. */
export function scalarsOf(event: RunEvent): Scalar[] {
  if (event.kind !== 'metric') return [];
  return event.rows.map(({ name, value, labels = {} }) => {
    const { model, epoch = 0, split } = labels;
    return {
      name: split === undefined ? name : `${name}/${split}`,
      model: model === undefined ? null : Number(model) + 1,
      step: Number(epoch),
      value,
    };
  });
}
