import { demand } from '@basinlab/core';
import type { ZodType } from 'zod';

/**
 * What a `config.json` of the transformers library says, as a schema reads it.
 * @param what the model that it must describe, for the error
 * @throws BasinlabError that names the first setting which does not fit
 */
export function parseSettings<T>(schema: ZodType<T>, what: string, settings: Readonly<Record<string, unknown>>): T {
  const parsed = schema.safeParse(settings);
  const wrong = parsed.success ? '' : `: ${parsed.error.issues[0]!.path.join('.')}`;
  demand(parsed.success, 'config.json', `${what}${wrong}`, settings['model_type']);
  return parsed.data;
}
