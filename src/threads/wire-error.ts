import { type FailureKind, HeatboxError } from '../error.ts';
import type { ErrorCode } from '../error-codes.ts';
import { redact } from '../text/redact.ts';

/** A HeatboxError as plain data, to cross a thread or a process. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly kind: FailureKind;
  /** The messages of the causes, nearest first. */
  readonly causes: readonly string[];
}

/** Its texts are redacted: what crosses goes to logs, events and terminals. */
export function toWire(error: unknown): WireError {
  const known = error instanceof HeatboxError;
  const causes: string[] = [];
  for (
    let cause = known ? error.cause : error;
    cause !== undefined && causes.length < 8;
    cause = (cause as Error).cause
  ) {
    causes.push(redact(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)));
  }
  return {
    code: known ? error.code : 'INTERNAL',
    message: redact(error instanceof Error ? error.message : String(error)),
    kind: known ? error.kind : 'runtime',
    ...(known && error.hint !== undefined ? { hint: error.hint } : {}),
    causes,
  };
}

export function fromWire({ code, message, hint, kind, causes }: WireError): HeatboxError {
  const cause = causes.reduceRight<Error | undefined>((inner, text) => new Error(text, { cause: inner }), undefined);
  return new HeatboxError(code, message, { kind, cause, hint });
}
