import * as tf from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/tensor';
import type { ActivationBatch, ActivationField, Site } from '@basinlab/tensor';
import { DataType, Precision, RecordBatch } from 'apache-arrow';
import type { Data, Field, Table } from 'apache-arrow';
import { fromHalf } from '../half.js';

/** Which columns are read, and what their fields say. */
export interface FromArrowOptions {
  /** Columns to take, in this order. Default: all; then each must hold numbers. */
  readonly columns?: readonly string[];
  /** What a column is that does not say so in its field metadata. Default: model `a`, the column's name as layer, site `post-activation`. */
  readonly field?: Partial<ActivationField>;
}

const sites: readonly Site[] = ['input', 'post-linear', 'post-norm', 'post-activation'];

/**
 * Arrow record batches as activation batches, whose tensors the caller disposes. A column is a list of numbers per row, of fixed size or of one size
 * throughout, or one number per row (one unit); float16, float32, float64 and integers up to 32 bits become float32. Metadata `positions`, for
 * example `8,8`, say that a list holds the units of each position in turn: the tensor is [rows, 8, 8, units].
 * @throws BasinlabError for nulls, rows of different size, other types, an unknown site, positions that do not divide the lists or a missing column
 */
export function fromArrow(table: Table | RecordBatch, options: FromArrowOptions = {}): ActivationBatch[] {
  const { schema } = table;
  const names = options.columns ?? schema.fields.map(({ name }) => name);
  const indices = names.map((name) => {
    const index = schema.fields.findIndex((field) => field.name === name);
    demand(index >= 0, 'Arrow table', `columns must be among ${schema.fields.map((field) => field.name).join(', ')}`, name);
    return index;
  });
  const batches = table instanceof RecordBatch ? [table] : table.batches;
  // Refuse before the first tensor exists, so that an error leaves none behind.
  const read = batches.map((batch) => ({
    rows: batch.numRows,
    columns: indices.map((index) => {
      const field = schema.fields[index]!;
      const { values, size } = numbersOf(field.name, batch.data.children[index]!, batch.numRows);
      return {
        name: field.name,
        field: siteOf(field, options.field),
        values,
        shape: [batch.numRows, ...entriesOf(field, size, batch.numRows)],
      };
    }),
  }));
  return read.map(({ rows, columns }) => ({
    rows,
    columns: columns.map(({ name, field, values, shape }) => ({ name, field, tensor: tf.tensor(values, shape) })),
  }));
}

function siteOf({ name, metadata }: Field, given: Partial<ActivationField> = {}): ActivationField {
  const site = metadata.get('site') ?? given.site ?? 'post-activation';
  demand(sites.includes(site as Site), `Arrow column "${name}"`, `site must be one of ${sites.join(', ')}`, site);
  const group = metadata.get('group') ?? given.group;
  return {
    model: metadata.get('model') ?? given.model ?? 'a',
    layer: metadata.get('layer') ?? given.layer ?? name,
    site: site as Site,
    ...(group === undefined ? {} : { group }),
  };
}

/** Positions and units of a list of `size` numbers; a batch without rows may not know its size. */
function entriesOf({ name, metadata }: Field, size: number, rows: number): number[] {
  const text = metadata.get('positions');
  if (text === undefined) return [size];
  const positions = text.split(',').map(Number);
  const count = positions.reduce((product, length) => product * length, 1);
  const fits = positions.every((length) => Number.isSafeInteger(length) && length > 0) && size % count === 0 && (size > 0 || rows === 0);
  demand(fits, `Arrow column "${name}"`, `positions must be sizes that divide its lists of ${size}`, text);
  return [...positions, size / count];
}

function numbersOf(name: string, data: Data | undefined, rows: number): { values: Float32Array; size: number } {
  const who = `Arrow column "${name}"`;
  demand(data !== undefined, who, 'must be in every record batch', 'one without it', 'The file is damaged.');
  demand(data.nullCount === 0, who, 'must have no nulls', `${data.nullCount} of ${data.length}`, 'Fill or drop them first.');
  demand(data.length >= rows, who, `must have ${rows} rows`, data.length, 'The file is damaged.');
  if (DataType.isFixedSizeList(data.type)) {
    const { listSize } = data.type;
    return { values: floats(who, data.children[0]!, 0, rows * listSize), size: listSize };
  }
  if (DataType.isList(data.type) || DataType.isLargeList(data.type)) return listNumbers(who, data, rows);
  return { values: floats(who, data, 0, rows), size: 1 };
}

function listNumbers(who: string, data: Data, rows: number): { values: Float32Array; size: number } {
  const offsets = Array.from(data.valueOffsets as Int32Array | BigInt64Array, Number);
  const [begin, second] = offsets;
  const size = rows === 0 ? 0 : second! - begin!;
  for (let row = 0; row < rows; row++) {
    const length = offsets[row + 1]! - offsets[row]!;
    demand(length === size, who, `lists must all have ${size} values`, `${length} in row ${row}`);
  }
  return { values: floats(who, data.children[0]!, begin ?? 0, rows * size), size };
}

/** `count` numbers from `begin` on, as float32: a copy, so that the tensor does not hold the whole file. */
function floats(who: string, data: Data | undefined, begin: number, count: number): Float32Array {
  demand(data !== undefined, who, 'must hold numbers', 'a list without them', 'The file is damaged.');
  const { type } = data;
  demand(data.nullCount === 0, who, 'must have no nulls', `${data.nullCount} of ${data.length}`, 'Fill or drop them first.');
  const isShortInteger = DataType.isInt(type) && type.bitWidth <= 32;
  demand(
    DataType.isFloat(type) || isShortInteger,
    who,
    'must hold numbers, or lists of them',
    String(type),
    'Choose other columns with { columns: [...] }.',
  );
  const stored = (data.values as Float32Array).subarray(begin, begin + count);
  demand(stored.length === count, who, `must hold ${count} numbers`, stored.length, 'The file is damaged.');
  const isHalf = DataType.isFloat(type) && type.precision === Precision.HALF;
  return isHalf ? Float32Array.from(stored as unknown as Uint16Array, fromHalf) : Float32Array.from(stored);
}
