import type { RawData, WebSocket } from 'ws';
import { type HubMessage, viewerMessageSchema, type Watch } from '../../protocol/video-messages.ts';
import { createBudget } from '../budget.ts';
import type { Limits } from '../limits.ts';
import { readMessage } from '../read-message.ts';
import type { VideoLimits } from './limits.ts';

export interface ViewerOptions {
  readonly limits: Limits & VideoLimits;
  /** It wants video, or wants it in another form. */
  onWatch(watch: Watch): void;
  onPause(): void;
  onClosed(): void;
  onSent(bytes: number): void;
  onSkipped(units: number): void;
  onStalled(): void;
}

/** One viewer's socket, and how much of the video its network takes. */
export interface Viewer {
  say(message: HubMessage): void;
  /** Begins anew: a group of pictures as far as it has come, or nothing up to the next keyframe. */
  begin(group: readonly Uint8Array[]): void;
  /** One of a row of access units; left out until the next keyframe where too much waits already. */
  unit(message: Uint8Array, key: boolean): void;
  /** A message that stands alone; left out where too much waits already. */
  single(message: Uint8Array): void;
  /** Looks for life; called once a second. */
  tick(): void;
  close(code: number, reason: string): void;
}

/** Time for the close frame to get through to a viewer that does not read. */
const CLOSE_GRACE_MS = 2_000;
const MISTAKES = 3;

/**
 * Serves one WebSocket of `/v1/video/<stream>`.
 *
 * One function of more than a page: what is sent, what waits and whether the viewer lives are one state.
 */
export function serveViewer(socket: WebSocket, options: ViewerOptions): Viewer {
  const { limits } = options;
  const spend = createBudget(limits.messages);
  // What is limited there are the subscriptions of an event client; here every message is cheap.
  const accept = readMessage(viewerMessageSchema, { ...limits, subscriptions: Number.POSITIVE_INFINITY }, spend);
  let waitsForKey = true;
  let skipped = 0;
  /** What may wait: more for who was just given a whole group at once, until the network has taken it. */
  let allowance = limits.aheadBytes;
  /** When what the network has not taken yet was sent, milliseconds: few bytes may be many seconds of video. */
  const waitingSince: number[] = [];
  let taken = 0;
  let takenBefore = 0;
  let stalledSeconds = 0;
  let quietSeconds = 0;
  let mistakes = 0;
  let grace: NodeJS.Timeout | undefined;
  const patience = setTimeout(() => close(1008, 'no message'), limits.patienceSeconds * 1000);

  socket.on('message', receive);
  socket.on('ping', (data) => control(() => socket.pong(data)));
  socket.on('pong', () => control(() => undefined));
  // The close event follows; there is nothing to do about a broken connection.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(grace);
    clearTimeout(patience);
    options.onClosed();
  });

  function receive(data: RawData, isBinary: boolean): void {
    if (socket.readyState !== socket.OPEN) return;
    quietSeconds = 0;
    clearTimeout(patience);
    const result = accept(data as Buffer, isBinary);
    if ('error' in result) {
      say(result.error);
      if (++mistakes >= MISTAKES) close(1008, 'too many errors');
    } else if (result.message.type === 'watch') options.onWatch(result.message);
    else if (result.message.type === 'pause') options.onPause();
    else say({ type: 'clock', at: result.message.at, now: performance.timeOrigin + performance.now() });
  }

  function control(answer: () => void): void {
    quietSeconds = 0;
    if (socket.readyState !== socket.OPEN) return;
    if (spend()) answer();
    else close(1008, 'too many control frames');
  }

  function say(message: HubMessage): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  function send(message: Uint8Array): void {
    if (socket.readyState !== socket.OPEN) return;
    options.onSent(message.length);
    waitingSince.push(performance.now());
    socket.send(message, { binary: true }, () => {
      waitingSince.shift();
      taken++;
    });
  }

  function isFull(): boolean {
    const waiting = socket.bufferedAmount;
    if (waiting < limits.aheadBytes / 2) allowance = limits.aheadBytes;
    const oldest = waitingSince[0] ?? Number.POSITIVE_INFINITY;
    return waiting > allowance || performance.now() - oldest > limits.behindSeconds * 1000;
  }

  function begin(group: readonly Uint8Array[]): void {
    waitsForKey = group.length === 0;
    skipped = 0;
    for (const message of group) send(message);
    allowance = Math.max(limits.aheadBytes, socket.bufferedAmount + limits.aheadBytes / 2);
  }

  function unit(message: Uint8Array, key: boolean): void {
    if (isFull()) waitsForKey = true;
    else if (key) waitsForKey = false;
    if (waitsForKey) {
      skipped++;
      options.onSkipped(1);
      return;
    }
    if (skipped > 0) say({ type: 'skipped', units: skipped });
    skipped = 0;
    send(message);
  }

  function single(message: Uint8Array): void {
    if (!isFull()) send(message);
    else options.onSkipped(1);
  }

  function tick(): void {
    const isStuck = socket.bufferedAmount > 0 && taken === takenBefore;
    stalledSeconds = isStuck ? stalledSeconds + 1 : 0;
    takenBefore = taken;
    if (stalledSeconds >= limits.stallSeconds) {
      options.onStalled();
      close(1013, 'nothing was read for too long; come back when there is room');
    }
    quietSeconds++;
    if (quietSeconds > 2 * limits.heartbeatSeconds && !isStuck) socket.terminate();
    else if (quietSeconds % Math.ceil(limits.heartbeatSeconds) === 0) socket.ping();
  }

  function close(code: number, reason: string): void {
    socket.close(code, reason);
    grace ??= setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
  }

  return { say, begin, unit, single, tick, close };
}
