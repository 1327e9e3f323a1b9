import { type DestinationStream, type Logger, pino } from 'pino';
import { redact } from '../redact.ts';

export type { Logger };

/** A logger of JSON lines whose every line is freed of credentials before it is written; to stderr by default. */
export function createLogger(
  level: string,
  destination: DestinationStream = { write: (line) => void process.stderr.write(line) },
): Logger {
  return pino({ level, base: null }, { write: (line) => destination.write(redact(line)) });
}
