import type { ErrorCode } from './error-codes.ts';

/** What kind of failure it was; the CLI turns it into the exit code. */
export type FailureKind = 'usage' | 'runtime';

/** What a {@link HeatboxError} says beside its message. */
export interface HeatboxErrorOptions {
  /** The value that was wrong, shown in the message by the caller; kept for programs. */
  readonly value?: unknown;
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
  /** The original error. */
  readonly cause?: unknown;
  /** `usage`: bad arguments or bad input (exit 2). `runtime`: failed while running (exit 1, the default). */
  readonly kind?: FailureKind;
}

/** The one error class of heatbox: a stable `code`, a message with the offending value, a hint, and the original error as `cause`. */
export class HeatboxError extends Error {
  /** Names the failure; stable over versions. */
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** What was wrong. */
  readonly value: unknown;
  /** `usage`: bad arguments or bad input. `runtime`: failed while running. */
  readonly kind: FailureKind;

  constructor(code: ErrorCode, message: string, options: HeatboxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HeatboxError';
    this.code = code;
    this.hint = options.hint;
    this.value = options.value;
    this.kind = options.kind ?? 'runtime';
  }
}

/**
 * Checks one option of a function.
 *
 * @param name - As messages name it, e.g. `threshold`.
 * @param wanted - What it must be, e.g. `between 0 and 1`.
 * @throws HeatboxError `BAD_OPTION` unless `holds`.
 */
export function checkOption(holds: boolean, name: string, value: unknown, wanted: string): void {
  if (holds) return;
  throw new HeatboxError('BAD_OPTION', `${name} must be ${wanted}, not ${value}`, { value, kind: 'usage' });
}
