import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ControlMessage } from '../protocol/messages.ts';
import type { Life } from './life.ts';

/** The way out to one client. */
export interface Transport {
  /** Whether nothing more should be sent until there is room again. */
  readonly isFull: boolean;
  /** Whether nothing was sent since this was last asked. */
  wasQuiet(): boolean;
  /** Sends a text frame, whatever the room; nothing once the socket is closing. */
  send(data: Buffer): void;
  say(message: ControlMessage): void;
}

/** Bytes in the socket's own queue from which on nothing is added to it: what waits beyond that waits in the log. */
const HIGH_WATER = 128 * 1024;

/** @param onRoom - Called when there is room again. */
export function createTransport(socket: WebSocket, wire: Duplex, life: Life, onRoom: () => void): Transport {
  let isCorked = false;
  let isQuiet = true;

  function send(data: Buffer): void {
    if (socket.readyState !== socket.OPEN) return;
    isQuiet = false;
    // Everything of one turn of the event loop leaves in one system call.
    if (!isCorked) {
      isCorked = true;
      wire.cork();
      process.nextTick(() => {
        isCorked = false;
        wire.uncork();
      });
    }
    const taken = life.sending();
    socket.send(data, { binary: false }, (error) => {
      if (error) return;
      taken();
      if (socket.bufferedAmount <= HIGH_WATER / 2) onRoom();
    });
  }

  return {
    get isFull() {
      return socket.bufferedAmount >= HIGH_WATER;
    },
    wasQuiet() {
      const was = isQuiet;
      isQuiet = true;
      return was;
    },
    send,
    say: (message) => send(Buffer.from(JSON.stringify(message))),
  };
}
