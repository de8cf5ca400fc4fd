/** A schema as JSON, as far as configurations use it. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
}

/** What a value must be, in words: `a whole number above 0, or a list of whole numbers above 0`; null where the schema does not say. */
export function describeSchema(schema: JsonSchema, plural = false): string | null {
  if (schema.anyOf !== undefined) {
    const parts = schema.anyOf.map((part) => describeSchema(part, plural));
    return parts.includes(null) ? null : parts.join(', or ');
  }
  if (schema.enum !== undefined) return `${plural ? 'any' : 'one'} of ${schema.enum.map(String).join(', ')}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case 'integer':
      return (plural ? 'whole numbers' : 'a whole number') + bounds(schema);
    case 'number':
      return (plural ? 'numbers' : 'a number') + bounds(schema);
    case 'boolean':
      return 'true or false';
    case 'string':
      return plural ? 'texts' : 'a text';
    case 'null':
      return 'null';
    case 'array':
      return describeList(schema, plural);
    case 'object':
      return describeObject(schema, plural);
    default:
      return null;
  }
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  // Whole numbers carry the range of doubles that hold them exactly, which says nothing to people.
  const known = (value: number | undefined): value is number => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const [low, high] = [minimum, maximum].map((value) => (known(value) ? value : undefined));
  const parts = [
    ...(low === undefined ? [] : [`from ${low}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(high === undefined ? [] : [`to ${high}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
  ];
  return parts.map((part) => ` ${part}`).join('');
}

function describeList({ items, prefixItems, minItems }: JsonSchema, plural: boolean): string {
  const noun = plural ? 'lists' : 'a list';
  const first = (prefixItems ?? [])[0];
  if (first !== undefined) return `${noun} of ${prefixItems!.length} ${describeSchema(first, true) ?? 'values'}`;
  const least = minItems === undefined || minItems < 2 ? '' : `at least ${minItems} `;
  return `${noun} of ${least}${(items && describeSchema(items, true)) ?? 'values'}`;
}

function describeObject({ properties, additionalProperties }: JsonSchema, plural: boolean): string {
  const noun = plural ? 'objects' : 'an object';
  const keys = Object.keys(properties ?? {});
  if (keys.length > 0) return `${noun} with ${keys.join(', ')}`;
  const values = typeof additionalProperties === 'object' ? describeSchema(additionalProperties, true) : null;
  return values === null ? noun : `${noun} of ${values}`;
}
