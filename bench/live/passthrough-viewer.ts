/** `passthrough-viewer.js <url> <codec>`: a viewer that decodes nothing and costs the server what a real one does. */
import { WebSocket } from 'ws';

const [url, codec] = process.argv.slice(2) as [string, string];
const socket = new WebSocket(url, ['heatbox.v1']);
let bytes = 0;
let messages = 0;
socket.on('open', () => socket.send(JSON.stringify({ type: 'watch', decodes: ['avc1'], refuses: [codec] })));
socket.on('message', (data, isBinary) => {
  if (!isBinary) return;
  bytes += (data as Buffer).length;
  messages++;
});
process.on('message', () => {
  process.send!({ bytes, messages });
  bytes = 0;
  messages = 0;
});
