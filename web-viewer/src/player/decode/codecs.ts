/** What this browser decodes, as the hub wants to know it. */
export interface Abilities {
  /** First parts of RFC 6381 strings: `avc1`, `vp09`, …; none where only pictures can be shown. */
  readonly decodes: readonly string[];
  /** Why it decodes nothing, and what to do about it, in plain words. */
  readonly trouble: string | undefined;
}

/** One common form of each kind of video. */
const SAMPLES = ['avc1.42c01e', 'hev1.1.6.L93.B0', 'vp8', 'vp09.00.10.08', 'av01.0.04M.08'];

/** Asks the browser what it decodes. */
export async function findAbilities(): Promise<Abilities> {
  if (!('VideoDecoder' in globalThis)) {
    const trouble = globalThis.isSecureContext
      ? 'This browser cannot decode video by WebCodecs, so single pictures are shown. A current Chrome, Edge, Firefox or Safari can.'
      : 'Browsers decode video on secure pages only, so single pictures are shown. Open this page over https:// (set server.tls in the configuration), or on the machine itself as localhost.';
    return { decodes: [], trouble };
  }
  const decodes: string[] = [];
  for (const codec of SAMPLES) if (await isSupported({ codec })) decodes.push(codec.split('.', 1)[0]!);
  const trouble = decodes.length > 0 ? undefined : 'This browser has no video decoder, so single pictures are shown.';
  return { decodes, trouble };
}

/** Whether the browser takes a configuration; one it finds malformed counts as refused. */
export async function isSupported(config: VideoDecoderConfig): Promise<boolean> {
  try {
    return (await VideoDecoder.isConfigSupported(config)).supported === true;
  } catch {
    return false;
  }
}
