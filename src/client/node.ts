import { WebSocket } from 'ws';
import { REFUSAL_HEADER, SUBPROTOCOL } from '../protocol/constants.ts';
import type { Connect } from './connection.ts';
import { createEvents } from './events.ts';
import { foreignAnswer } from './foreign-answer.ts';

export type * from '../protocol/events.ts';
export type * from '../protocol/messages.ts';
export type { BackOff } from './back-off.ts';
export type { ConnectionNotice, Events, EventsOptions } from './events.ts';

const HANDSHAKE_MS = 10_000;
const GOODBYE_MS = 1_000;
const MOST_WORDS = 500;

const connect: Connect = (url, token, handlers) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { headers, perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS };
  const socket = new WebSocket(url, [SUBPROTOCOL], options);
  let isOver = false;
  let status: number | undefined;
  let failure = '';
  let final = false;

  socket.on('message', (data, isBinary) => {
    if (!isOver && !isBinary) handlers.message(data.toString());
  });
  socket.on('unexpected-response', (_, response) => {
    status = response.statusCode ?? 0;
    failure = foreignAnswer(status, response.statusMessage ?? '');
    final = response.headers[REFUSAL_HEADER.toLowerCase()] !== undefined;
    let words = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, MOST_WORDS);
    });
    // What heatbox answers is a sentence; of a proxy it may be a page.
    response.on('close', () => {
      if (/^text\/plain/.test(response.headers['content-type'] ?? '') && words !== '') failure = words;
      socket.terminate();
    });
    setTimeout(() => response.destroy(), GOODBYE_MS).unref();
  });
  socket.on('error', (error) => {
    failure ||= error.message;
  });
  socket.on('close', (code, reason) => {
    if (isOver) return;
    isOver = true;
    handlers.closed({ code: status ?? code, reason: failure || reason.toString(), final });
  });
  return {
    send: (text) => socket.send(text),
    close() {
      isOver = true;
      socket.close();
      setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
    },
  };
};

/** The events of a heatbox server as an Observable. */
export const events = createEvents(connect);
