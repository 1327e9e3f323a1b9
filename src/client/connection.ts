/** What a platform's WebSocket has to do for the client. */
export interface Connection {
  send(text: string): void;
  /** Closes; no handler is called any more. */
  close(): void;
}

export interface ConnectionHandlers {
  message(text: string): void;
  /** The connection is over, or never came about. Called once. */
  closed(end: ConnectionEnd): void;
}

export interface ConnectionEnd {
  /** WebSocket close code, or HTTP status where there was no WebSocket and the platform tells it. */
  readonly code: number | undefined;
  readonly reason: string;
  /** Whether a heatbox server itself said that another try will not change its answer. */
  readonly final?: boolean;
}

export type Connect = (url: string, token: string | undefined, handlers: ConnectionHandlers) => Connection;
