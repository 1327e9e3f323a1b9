import { type DestinationStream, type Logger, pino } from 'pino';
import { redactValues } from '../text/redact.ts';
import { visibleLines } from '../text/visible.ts';

export type { Logger };

/** A logger of JSON lines whose every text is freed of credentials before it is written; to stderr by default. */
export function createLogger(
  level: string,
  destination: DestinationStream = { write: (line) => void process.stderr.write(visibleLines(line)) },
): Logger {
  return pino({ level, base: null }, { write: (line) => destination.write(`${redactJson(line)}\n`) });
}

/** Text by text, so that what is taken away never takes a part of the JSON along. */
function redactJson(line: string): string {
  return JSON.stringify(redactValues(JSON.parse(line)));
}
