import { usageError } from '../errors/usage-error.js';

type Json = Record<string, unknown>;

/**
 * A copy of `base` with `path=value` assignments applied in order, for example `model.width=256`. Values are JSON where they parse as such
 * and text otherwise. Whether the keys exist and the values fit is for the schema to say (`parseConfig`).
 */
export function applyOverrides(base: unknown, assignments: readonly string[]): unknown {
  const result = structuredClone(base) as Json;
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    const path = assignment.slice(0, Math.max(equals, 0)).split('.');
    if (equals < 1 || path.some((key) => key === '' || key === '__proto__'))
      throw usageError('--set', 'path=value', assignment, 'Example: --set model.width=256');
    let inner = result;
    for (const [depth, key] of path.slice(0, -1).entries()) {
      const next = Object.hasOwn(inner, key) ? inner[key] : (inner[key] = {});
      if (typeof next !== 'object' || next === null) throw usageError('--set', `${path.slice(0, depth + 1).join('.')} to hold keys`, next);
      inner = next as Json;
    }
    inner[path.at(-1)!] = parseValue(assignment.slice(equals + 1));
  }
  return result;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
