/** Exit codes of the contract: 0 done, 1 no data or a failed check, 2 a mistake in how the command was called. */
export type ExitCode = 0 | 1 | 2;

/**
 * A mistake that its maker can mend: printed as one sentence, without a stack trace.
 * The message says what is wrong, where, and what to do.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: Exclude<ExitCode, 0>;

  constructor(message: string, exitCode: Exclude<ExitCode, 0> = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** A command called in a way it does not know: exit code 2. */
export function usageError(message: string): UserError {
  return new UserError(message, 2);
}

const SYSTEM_SENTENCES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  EEXIST: 'something else is there',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

/** The `code` of a Node system error (`ENOENT`, …); undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A Node system error in words, or undefined where `error` is none. */
export function systemReason(error: unknown): string | undefined {
  const code = systemCode(error);
  return code === undefined ? undefined : (SYSTEM_SENTENCES[code] ?? code);
}

/** `cannot write "x": permission denied`, with the cause kept; an error that is not the system's is thrown on. */
export function systemError(action: string, path: string, error: unknown): UserError {
  const reason = systemReason(error);
  if (reason === undefined) throw error;
  return new UserError(`cannot ${action} "${path}": ${reason}`, 1, { cause: error });
}
