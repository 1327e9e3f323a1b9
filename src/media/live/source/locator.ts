/** What FFmpeg is told to open a source. */
export interface Locator {
  readonly kind: 'file' | 'http' | 'rtsp' | 'rtmp' | 'webcam' | 'screen' | 'test';
  /** As FFmpeg takes it. */
  readonly url: string;
  /** FFmpeg's name of the input format, where it must be told. */
  readonly format?: string;
  /** FFmpeg's options: the protocols that may be used, timeouts. */
  readonly options: Readonly<Record<string, string>>;
}
