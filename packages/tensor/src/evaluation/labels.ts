import type { Split, Task } from '../contracts/index.js';
import { BasinlabError, demand } from '../errors.js';
import { NOT_ASKED } from './tasks.js';

/** Labels whose values were looked at once. */
export interface CheckedLabels {
  /** Throws where a network of so many outputs has none for the largest class. */
  demandOutputs(outputs: number): void;
}

/**
 * Reads the labels of a split and refuses those that its task has no loss for: classes that are not whole numbers from 0, marks of a class
 * other than 0 and 1, values that are not finite. `name` is the split's, for errors.
 */
export async function checkLabels(task: Task, name: string, { labels }: Pick<Split, 'labels'>): Promise<CheckedLabels> {
  const indices = task === 'classification' || task === 'next-token' || task === 'masked-tokens';
  const rank = task === 'classification' ? 1 : 2;
  demand(labels.rank === rank, `labels of ${name}`, `${shapes[task]} for ${task}`, `[${labels.shape.join(', ')}]`);
  const values = await labels.data();
  const width = rank === 1 ? 1 : labels.shape[1]!;
  const refuse = (requirement: string, at: number): never => {
    const row = Math.floor(at / width);
    throw new BasinlabError(`labels of ${name}`, requirement, `${values[at]} at sample ${row}`, { remedy: 'Samples count from 0.' });
  };
  const fits = checks[task];
  const wrong = values.findIndex((value) => !fits(value));
  if (wrong >= 0) refuse(requirements[task], wrong);
  if (!indices) return { demandOutputs: () => undefined };
  let largest = 0;
  for (let at = 1; at < values.length; at++) if (values[at]! > values[largest]!) largest = at;
  return {
    demandOutputs(outputs) {
      if (values.length > 0 && values[largest]! >= outputs)
        refuse(`${names[task]} from 0 to ${outputs - 1}, one for each output of the network`, largest);
    },
  };
}

const names = {
  classification: 'classes',
  'next-token': 'tokens',
  'masked-tokens': 'tokens',
  'multi-label': 'marks',
  regression: 'values',
} as const;

const shapes: Readonly<Record<Task, string>> = {
  classification: 'class indices [samples]',
  'next-token': 'tokens [samples, positions]',
  'masked-tokens': 'tokens [samples, positions]',
  'multi-label': 'marks [samples, classes]',
  regression: 'values [samples, outputs]',
};

const checks: Readonly<Record<Task, (value: number) => boolean>> = {
  classification: (value) => Number.isInteger(value) && value >= 0,
  'next-token': (value) => Number.isInteger(value) && value >= 0,
  'masked-tokens': (value) => Number.isInteger(value) && value >= NOT_ASKED,
  'multi-label': (value) => value === 0 || value === 1,
  regression: Number.isFinite,
};

const requirements: Readonly<Record<Task, string>> = {
  classification: 'classes must be whole numbers from 0',
  'next-token': 'tokens must be whole numbers from 0',
  'masked-tokens': 'tokens must be whole numbers from 0, or -1 where none is asked for',
  'multi-label': 'each class must be marked 0 or 1',
  regression: 'values must be finite',
};
