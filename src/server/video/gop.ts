/** The access units since the last keyframe, ready to be sent: where a late joiner begins. */
export interface Gop {
  /** Empty before the first keyframe, and from where the group outgrew its bound until the next one. */
  readonly messages: readonly Uint8Array[];
  add(message: Uint8Array, key: boolean): void;
  clear(): void;
}

/** @param maxBytes What is kept at most; a group that outgrows it is let go, since half of one cannot be decoded. */
export function createGop(maxBytes: number): Gop {
  let messages: Uint8Array[] = [];
  let bytes = 0;

  function clear(): void {
    messages = [];
    bytes = 0;
  }

  return {
    get messages() {
      return messages;
    },
    add(message, key) {
      if (key) clear();
      else if (messages.length === 0) return;
      messages.push(message);
      bytes += message.length;
      if (bytes > maxBytes) clear();
    },
    clear,
  };
}
