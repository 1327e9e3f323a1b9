/** Whether a client is still there. */
export interface Life {
  /** It has sent something: a message, a ping, a pong. */
  sign(): void;
  /** Something is on its way to it. @returns what to call when the network has taken it. */
  sending(): () => void;
  /** Whether there was a sign of it since this was last asked. */
  beat(): boolean;
}

/** A write that took longer had to wait for the peer: there was room again only because it acknowledged older data. */
const WAITED_MS = 250;

/**
 * The one rule for what counts as life: what the client sends, and data that had to wait and then could go. That the
 * system's buffer took something at once proves nothing: it also does so for a client whose cable was cut.
 */
export function watchLife(): Life {
  let isAlive = true;
  const sign = () => {
    isAlive = true;
  };
  return {
    sign,
    sending() {
      const at = performance.now();
      return () => {
        if (performance.now() - at > WAITED_MS) sign();
      };
    },
    beat() {
      const was = isAlive;
      isAlive = false;
      return was;
    },
  };
}
