import { BasinlabError } from '@basinlab/tensor';
import type { ZodType } from 'zod';

/** Checks a plugin's options once, at the boundary, and fills in defaults. Throws a usage error that names the first wrong field. */
export function parseOptions<O>(id: string, schema: ZodType<O>, options: unknown): O {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = ['options', ...issue.path.map(String)].join('.');
  throw new BasinlabError(id, `${path} must be valid: ${issue.message}`, options, { exitCode: 2, cause: parsed.error });
}
