const codeNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** The status codes of PJRT by name; `CODE_n` for one that this version does not know. */
export type PjrtErrorCode = (typeof codeNames)[number] | `CODE_${number}`;

/** The name of a numeric status code. */
export function errorCodeName(code: number): PjrtErrorCode {
  return codeNames[code] ?? `CODE_${code}`;
}

/** An error that the plugin returned from one of its functions. */
export class PjrtError extends Error {
  override readonly name = 'PjrtError';

  /**
   * @param functionName the PJRT function, such as `PJRT_Client_Compile`
   * @param code the status code
   * @param pluginMessage the plugin's own words
   */
  constructor(
    readonly functionName: string,
    readonly code: PjrtErrorCode,
    readonly pluginMessage: string,
  ) {
    super(`${functionName}: ${pluginMessage} (${code})`);
  }
}
