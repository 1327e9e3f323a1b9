import { subprotocols } from '../protocol/subprotocols.ts';
import { askAccess } from './ask-access.ts';
import type { Connect } from './connection.ts';
import { createEvents, serverOf } from './events.ts';

export type * from '../protocol/events.ts';
export type * from '../protocol/messages.ts';
export type { BackOff } from './back-off.ts';
export type { ConnectionNotice, Events, EventsOptions } from './events.ts';

/** The part of the browser's WebSocket that is used; this package is compiled without the DOM's types. */
interface BrowserWebSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(text: string): void;
  close(): void;
}
declare const WebSocket: new (url: string, protocols: string[]) => BrowserWebSocket;

const connect: Connect = (url, token, handlers) => {
  const socket = new WebSocket(url, subprotocols(token));
  let wasOpen = false;
  let isOver = false;
  socket.onopen = () => {
    wasOpen = true;
  };
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') handlers.message(data);
  };
  socket.onclose = async ({ code, reason }) => {
    if (wasOpen) handlers.closed({ code, reason });
    else {
      const { status, words } = await askAccess(serverOf(url), token);
      const isRefused = status === 401 || status === 403;
      if (!isOver) handlers.closed({ code: isRefused ? status : code, reason: words || reason });
    }
  };
  return {
    send: (text) => socket.send(text),
    close() {
      isOver = true;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    },
  };
};

/** The events of a heatbox server as an Observable. */
export const events = createEvents(connect);
