import type { ZodType } from 'zod';
import { suggestion } from '../errors/suggestion.js';
import { usageError } from '../errors/usage-error.js';
import { describeSchema } from './describe-schema.js';
import { jsonSchema, pathsOf, schemaAt } from './schema-nodes.js';
import { suggestPath } from './suggest-path.js';

/** Where settings stand, for errors, and which plugins are known. */
export interface ParseOptions {
  /** Where the value stands in the configuration that the user writes, for example `['breaking', 'options']`. */
  readonly at?: readonly string[];
  /** Every path of that configuration, where it is more than `schema`: an unknown key may be meant for another part. */
  readonly known?: readonly (readonly string[])[];
}

/**
 * Checks a configuration and fills in defaults. Throws a usage error that names the first wrong key by its whole path, for an unknown one the
 * nearest, and for a wrong value what was required.
 */
export function parseConfig<T>(id: string, schema: ZodType<T>, value: unknown, { at = [], known }: ParseOptions = {}): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // A misspelt key is why the right one is missing.
  const issue = parsed.error.issues.find(({ code }) => code === 'unrecognized_keys') ?? parsed.error.issues[0]!;
  const inner = issue.path.map(String);
  const path = [...at, ...inner];
  const json = jsonSchema(schema);
  const got = valueAt(value, inner);
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0]!;
    const paths = known ?? pathsOf(json, at);
    const remedy = suggestPath([...path, unknown, ...onlyKeys(valueAt(got, [unknown]))], path.length, paths);
    throw usageError(id, `a known key${path.length === 0 ? '' : ` of ${path.join('.')}`}`, unknown, remedy);
  }
  const remedy = issue.code === 'invalid_value' && typeof got === 'string' ? suggestion(got, issue.values.map(String)) : undefined;
  const node = schemaAt(json, inner);
  const required = issue.code === 'custom' || node === undefined ? null : describeSchema(node);
  const name = path.join('.') || 'the configuration';
  throw usageError(id, required === null ? `${name} must be valid (${plain(issue.message)})` : `${name} must be ${required}`, got, remedy);
}

const plain = (message: string): string => message.replace(/^Invalid (input|option): /, '');

/** The keys by which a value goes on as long as there is only one: of `{ width: { of: 3 } }`, `width` and `of`. */
function onlyKeys(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const entries = Object.entries(value);
  const [key, child] = entries[0] ?? [];
  return entries.length === 1 && key !== undefined ? [key, ...onlyKeys(child)] : [];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
}
