import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BasinlabError, demand } from '@basinlab/core';
import { decodeSafetensors } from '@basinlab/core/store';
import { z } from 'zod';
import type { ExpectedTensor, GoldenFixture, GoldenTensor } from './contract.js';

const tolerance = z.object({
  rtol: z.number().nonnegative().exactOptional(),
  atol: z.number().nonnegative().exactOptional(),
  exact: z.boolean().exactOptional(),
  compare: z.string().exactOptional(),
});
const tensor = z.discriminatedUnion('role', [
  z.object({ role: z.literal('input'), shape: z.array(z.number()), dtype: z.string() }),
  z.object({ role: z.literal('expected'), shape: z.array(z.number()), dtype: z.string(), tolerance }),
]);
const entry = z.object({
  id: z.string().min(1),
  file: z.string().min(1),
  sha256: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  tensors: z.record(z.string(), tensor),
});
const index = z.object({ fixtures: z.array(entry) });

/** A fixture as the folder's index describes it; its numbers are read when it is its turn. */
export type FixtureEntry = z.infer<typeof entry>;

/**
 * Reads and checks the `index.json` of a fixture folder.
 * @throws BasinlabError where it is missing, is no JSON or lacks a field
 */
export async function readIndex(folder: string): Promise<readonly FixtureEntry[]> {
  const path = join(folder, 'index.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new BasinlabError('check-golden', 'a folder with an index.json', folder, { exitCode: 2, cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new BasinlabError('check-golden', `JSON in ${path}`, (cause as Error).message, { exitCode: 2, cause });
  }
  const parsed = index.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BasinlabError('check-golden', `${path} to list fixtures`, `${issue.path.join('.')}: ${issue.message}`, { exitCode: 2 });
  }
  return parsed.data.fixtures;
}

/** The kind of a fixture: its id up to the first dot. */
export const kindOf = (id: string): string => id.split('.', 1)[0]!;

/**
 * Reads one fixture's tensors and holds them against the index.
 * @throws BasinlabError where the file's sha256, a tensor's name, dtype or shape differs from the index
 */
export async function loadFixture(folder: string, { id, file, sha256, parameters, tensors }: FixtureEntry): Promise<GoldenFixture> {
  demand(basename(file) === file, id, 'a file name without folders', file);
  const bytes = await readFile(join(folder, file));
  const digest = createHash('sha256').update(bytes).digest('hex');
  demand(digest === sha256, id, `${file} of sha256 ${sha256}`, digest);
  const stored = decodeSafetensors(bytes, file).tensors;
  const inputs: Record<string, GoldenTensor> = {};
  const expected: Record<string, ExpectedTensor> = {};
  for (const [name, described] of Object.entries(tensors)) {
    const found = stored[name];
    if (found === undefined) throw new BasinlabError(id, `a tensor ${name} in ${file}`, 'none');
    const { data, shape } = found;
    demand(
      data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array,
      `${id} ${name}`,
      'float32, float64 or int32',
      found.dtype,
    );
    demand(shape.join() === described.shape.join(), `${id} ${name}`, `shape [${described.shape.join(', ')}]`, shape);
    const dtype = data instanceof Float32Array ? 'float32' : data instanceof Float64Array ? 'float64' : 'int32';
    demand(dtype === described.dtype, `${id} ${name}`, `dtype ${described.dtype}`, dtype);
    if (described.role === 'input') inputs[name] = { shape, dtype, data };
    else expected[name] = { shape, dtype, data, tolerance: described.tolerance };
  }
  return { id, kind: kindOf(id), parameters, inputs, expected };
}
