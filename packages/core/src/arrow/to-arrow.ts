import { demand } from '@basinlab/tensor';
import type { ActivationBatch } from '@basinlab/tensor';
import { Field, FixedSizeList, Float32, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import type { Data, TypeMap } from 'apache-arrow';

/**
 * An activation batch as an Arrow record batch: one non-null FixedSizeList<float32>[units] column per site, with field metadata `model`, `layer`,
 * `site` and, where it has one, `group`. Feature maps [rows, ...positions, units] become lists of positions times units, row-major, with metadata
 * `positions`, for example `8,8`. Reads the tensors from the device, all at once; the arrays that come back become Arrow's buffers without a copy.
 */
export async function toArrow(batch: ActivationBatch): Promise<RecordBatch> {
  const names = batch.columns.map(({ name }) => name);
  demand(new Set(names).size === names.length, 'activation batch', 'column names must be unique', names);
  const columns = await Promise.all(batch.columns.map((column) => columnOf(column, batch.rows)));
  const schema = new Schema<TypeMap>(columns.map(({ field }) => field));
  const children = columns.map(({ data }) => data);
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: batch.rows, nullCount: 0, children }));
}

async function columnOf({ name, field, tensor }: ActivationBatch['columns'][number], rows: number): Promise<{ field: Field; data: Data }> {
  const [length, ...entries] = tensor.shape;
  const requirement = `must have the shape [${rows}, units] or [${rows}, ...positions, units]`;
  demand(entries.length > 0 && length === rows, `activation column "${name}"`, requirement, tensor.shape);
  demand(tensor.dtype === 'float32', `activation column "${name}"`, 'must be float32', tensor.dtype);
  const positions = entries.slice(0, -1);
  const size = entries.reduce((product, count) => product * count, 1);
  const values = makeData({ type: new Float32(), length: rows * size, nullCount: 0, data: (await tensor.data()) as Float32Array });
  const type = new FixedSizeList(size, new Field('item', new Float32(), false));
  const metadata = new Map(Object.entries(field).filter((entry): entry is [string, string] => entry[1] !== undefined));
  if (positions.length > 0) metadata.set('positions', positions.join());
  return { field: new Field(name, type, false, metadata), data: makeData({ type, length: rows, nullCount: 0, child: values }) };
}
