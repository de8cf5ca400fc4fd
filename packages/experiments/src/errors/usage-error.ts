import { BasinlabError } from '@basinlab/core';

/** What the user asked for cannot be: exit code 2. */
export function usageError(id: string, requirement: string, got: unknown, remedy?: string): BasinlabError {
  return new BasinlabError(id, requirement, got, { exitCode: 2, ...(remedy === undefined ? {} : { remedy }) });
}
