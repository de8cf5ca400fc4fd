import { z, type ZodType } from 'zod';
import { suggestion } from '../errors/suggestion.js';
import { usageError } from '../errors/usage-error.js';

/** Checks a configuration and fills in defaults. Throws a usage error that names the first wrong key, and for an unknown one the nearest. */
export function parseConfig<T>(id: string, schema: ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0]!;
    const known = keysAt(schema, path);
    throw usageError(id, `a known key${path.length === 0 ? '' : ` of ${path.join('.')}`}`, unknown, suggestion(unknown, known));
  }
  const got = at(value, path);
  const remedy = issue.code === 'invalid_value' && typeof got === 'string' ? suggestion(got, issue.values.map(String)) : undefined;
  throw usageError(
    id,
    `${path.join('.') || 'the configuration'} must be valid (${issue.message.replace(/^Invalid (input|option): /, '')})`,
    got,
    remedy,
  );
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

function keysAt(schema: ZodType, path: readonly string[]): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const inner = path.reduce<JsonSchema | undefined>((node, key) => node?.properties?.[key], root);
  return Object.keys(inner?.properties ?? {});
}
