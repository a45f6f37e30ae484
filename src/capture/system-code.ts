/**
 * What an error of the operating system is called.
 * @module
 */

/** `ENOENT` and the like; for anything else its message. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
