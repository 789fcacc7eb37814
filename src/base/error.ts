/**
 * The one error of the house. A code is permanent and searchable: docs/errors.md has an entry for each, and a
 * test keeps the two identical. The message follows the grammar "Cannot do x: current state"; the hint is the
 * next thing to type.
 */
export class DozenError extends Error {
  override readonly name = 'DozenError';
  readonly code: string;
  /** Whose fault it is: `user` maps to exit code 1 and 4xx, `platform` to exit code 70 and 5xx. */
  readonly fault: 'user' | 'platform';
  /** The next thing to type. */
  readonly hint: string | undefined;
  /** What a verb that failed midway left behind. */
  readonly left: string | undefined;

  constructor(code: string, fault: 'user' | 'platform', message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.fault = fault;
    this.hint = more.hint;
    this.left = more.left;
  }

  toJSON(): ErrorShape {
    return {
      code: this.code,
      fault: this.fault,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.left === undefined ? {} : { left: this.left }),
    };
  }
}

export interface ErrorDetails {
  readonly hint?: string;
  readonly left?: string;
  readonly cause?: unknown;
}

/** How an error travels between processes. */
export interface ErrorShape extends Omit<ErrorDetails, 'cause'> {
  readonly code: string;
  readonly fault: 'user' | 'platform';
  readonly message: string;
}

/** Something the person asking can mend. */
export function userError(code: string, message: string, more?: ErrorDetails): DozenError {
  return new DozenError(code, 'user', message, more);
}

/** Something Dozen or its machine got wrong. */
export function platformError(code: string, message: string, more?: ErrorDetails): DozenError {
  return new DozenError(code, 'platform', message, more);
}

export function fromShape(shape: ErrorShape): DozenError {
  return new DozenError(shape.code, shape.fault, shape.message, shape);
}

/** Any thrown value as a coded error; an uncoded one is a defect of ours and keeps its stack as the cause. */
export function asDozenError(thrown: unknown): DozenError {
  if (thrown instanceof DozenError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (isDiskFull(thrown))
    return userError('DISK_FULL', `Cannot continue: the disk is full (${message})`, {
      hint: 'Free space where DOZEN_HOME is (df -h shows it), then try again',
      cause: thrown,
    });
  return platformError('UNEXPECTED', `Cannot continue: ${message}`, {
    hint: 'Please report this with the output of DOZEN_DEBUG=1',
    cause: thrown,
  });
}

/** Of files, and of SQLite (its result code SQLITE_FULL is 13). */
export function isDiskFull(thrown: unknown): boolean {
  if (thrown instanceof DozenError) return thrown.code === 'DISK_FULL';
  const { code, errcode } = (thrown ?? {}) as { readonly code?: unknown; readonly errcode?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || (code === 'ERR_SQLITE_ERROR' && errcode === 13);
}
