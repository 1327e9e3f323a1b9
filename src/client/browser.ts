import { subprotocols } from '../protocol/subprotocols.ts';
import type { Connect } from './connection.ts';
import { createEvents } from './events.ts';

export type * from '../protocol/events.ts';
export type * from '../protocol/messages.ts';
export type { ConnectionNotice, EventsOptions } from './events.ts';

/** The part of the browser's WebSocket that is used; this package is compiled without the DOM's types. */
interface BrowserWebSocket {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(text: string): void;
  close(): void;
}
declare const WebSocket: new (url: string, protocols: string[]) => BrowserWebSocket;

const connect: Connect = (url, token, handlers) => {
  const socket = new WebSocket(url, subprotocols(token));
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') handlers.message(data);
  };
  socket.onclose = ({ code, reason }) => handlers.closed({ code, reason });
  return {
    send: (text) => socket.send(text),
    close() {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    },
  };
};

/** The events of a heatbox server as an Observable. */
export const events = createEvents(connect);
