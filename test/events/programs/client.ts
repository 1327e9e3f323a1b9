/**
 * A client that keeps every event: `client <url> <file> <type,…>`. It appends each event to the file, one a line, and
 * starts behind the last whole line it finds there. Notices other than `connected` and `live` go to stderr.
 */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { events } from '../../../src/client/node.ts';
import type { EventType } from '../../../src/protocol/events.ts';

const [url = '', file = '', types = ''] = process.argv.slice(2);
let from = 1;
if (existsSync(file)) {
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  truncateSync(file, Buffer.byteLength(whole));
  const last = whole.trimEnd().split('\n').at(-1);
  if (last) from = JSON.parse(last).seq + 1;
}
console.log('started');
events(url, {
  from,
  delivery: 'every',
  filters: { types: types.split(',') as EventType[] },
  retry: { firstMs: 20, longestMs: 200 },
  onNotice: (notice) => {
    if (notice.type !== 'connected' && notice.type !== 'live') console.error(JSON.stringify(notice));
  },
}).subscribe((event) => appendFileSync(file, `${JSON.stringify(event)}\n`));
