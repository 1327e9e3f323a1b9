import type { z } from 'zod';
import type { ErrorMessage } from '../protocol/messages.ts';
import { redact } from '../text/redact.ts';
import type { Budget } from './budget.ts';
import type { Limits } from './limits.ts';

export type ReadResult<T> = { readonly message: T } | { readonly error: ErrorMessage };

/**
 * Reads the messages of one client: counts them against its limits, parses, checks. The first fault found is the
 * answer; what the client sent is never repeated beyond the name of a field.
 */
export function readMessage<T>(
  schema: z.ZodType<T>,
  limits: Limits,
  spend: Budget,
): (data: Buffer, isBinary: boolean) => ReadResult<T> {
  let subscriptions = 0;

  return (data, isBinary) => {
    if (!spend()) return error('rate-limited', `At most ${limits.messages} messages at once, then two a second`);
    if (isBinary) return error('binary', 'Messages are JSON in text frames');
    let value: unknown;
    try {
      value = JSON.parse(data.toString('utf8'));
    } catch {
      return error('bad-json', 'The message is not JSON');
    }
    const result = schema.safeParse(value);
    if (!result.success) return error('bad-message', firstIssue(result.error));
    if (++subscriptions > limits.subscriptions) {
      return error('too-many-subscriptions', `A connection may subscribe ${limits.subscriptions} times`);
    }
    return { message: result.data };
  };
}

function error(code: ErrorMessage['code'], message: string): { error: ErrorMessage } {
  return { error: { type: 'error', code, message } };
}

function firstIssue(failure: z.ZodError): string {
  const [issue] = failure.issues;
  const path = issue?.path.join('.') || 'message';
  return redact(`${path}: ${issue?.message ?? 'invalid'}`).slice(0, 200);
}
