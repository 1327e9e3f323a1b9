import { connect, createServer, type Socket } from 'node:net';

/** A relay in front of a server on loopback, which does what networks do. */
export interface Link {
  readonly url: string;
  /** Breaks every connection. */
  cut(): void;
  /** Lets nothing through, and tells nobody. */
  stall(): void;
  /** Lets so many bytes a second through to the client. */
  limit(bytesPerSecond: number): void;
  /** Lets everything through again. */
  heal(): void;
  close(): void;
}

const TICK_MS = 20;

/** @param port - The server's port at the time of a connection. */
export async function createLink(port: () => number): Promise<Link> {
  const sockets = new Set<Socket>();
  const held = new Set<() => void>();
  let rate = Number.POSITIVE_INFINITY;
  let isStalled = false;

  function relay(from: Socket, to: Socket, limited: boolean): void {
    const waiting: Buffer[] = [];
    const pass = () => {
      let room = limited ? (rate * TICK_MS) / 1000 : Number.POSITIVE_INFINITY;
      while (!isStalled && room > 0 && waiting.length > 0) {
        const piece = waiting.shift() as Buffer;
        if (piece.length > room) waiting.unshift(piece.subarray(room));
        to.write(piece.subarray(0, Math.min(piece.length, room)));
        room -= piece.length;
      }
      if (waiting.length > 0) from.pause();
      else from.resume();
    };
    held.add(pass);
    sockets.add(from);
    from.on('data', (data) => {
      waiting.push(data as Buffer);
      if (rate === Number.POSITIVE_INFINITY || !limited) pass();
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      held.delete(pass);
      if (!isStalled) to.destroy();
    });
  }

  const server = createServer((near) => {
    const far = connect(port(), '127.0.0.1');
    relay(near, far, false);
    relay(far, near, true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const timer = setInterval(() => {
    for (const pass of held) pass();
  }, TICK_MS);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    stall() {
      isStalled = true;
    },
    limit(bytesPerSecond) {
      rate = Math.max(50, bytesPerSecond);
    },
    heal() {
      isStalled = false;
      rate = Number.POSITIVE_INFINITY;
    },
    close() {
      clearInterval(timer);
      isStalled = false;
      cut();
      server.close();
    },
  };
}
