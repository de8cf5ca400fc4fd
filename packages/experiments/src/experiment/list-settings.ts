import type { ZodType } from 'zod';
import { describeSchema, type JsonSchema } from './describe-schema.js';
import { jsonSchema } from './schema-nodes.js';

/** A setting that `--set` can change. */
export interface Setting {
  /** Below where the schema stands, for example `limit.train`. */
  readonly path: string;
  /** What it must be, in words. */
  readonly what: string;
  /** Its value where it is not given; undefined where it may be left out, or where it must be given. */
  readonly default: unknown;
  readonly required: boolean;
}

/** Every setting of a schema: its leaves, in order. */
export function listSettings(schema: ZodType): readonly Setting[] {
  return leaves(jsonSchema(schema), []);
}

function leaves(schema: JsonSchema, path: readonly string[]): Setting[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const own = [...path, key];
    if (child.properties !== undefined) return leaves(child, own);
    return [{ path: own.join('.'), what: describeSchema(child) ?? 'any value', default: child.default, required: required.has(key) }];
  });
}
