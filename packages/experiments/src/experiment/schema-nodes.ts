import { z, type ZodType } from 'zod';
import type { JsonSchema } from './describe-schema.js';

/** A zod schema as JSON: of what is typed, before defaults are filled in. Empty for one of another zod, which a user's plugin may bring. */
export function jsonSchema(schema: ZodType): JsonSchema {
  try {
    return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  } catch {
    return {};
  }
}

/** The part of a schema at a path of keys and positions; undefined where it has none. */
export function schemaAt(schema: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((node, key) => {
    if (node === undefined) return undefined;
    const direct = node.properties?.[key] ?? (/^\d+$/.test(key) ? (node.prefixItems?.[Number(key)] ?? node.items) : undefined);
    if (direct !== undefined) return direct;
    return node.anyOf?.map((part) => schemaAt(part, [key])).find((part) => part !== undefined);
  }, schema);
}

/** Every path that a schema gives a name to, branches and leaves. */
export function pathsOf(schema: JsonSchema, prefix: readonly string[] = []): string[][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = [...prefix, key];
    return [path, ...pathsOf(child, path)];
  });
  return [...own, ...(schema.anyOf ?? []).flatMap((part) => pathsOf(part, prefix))];
}
