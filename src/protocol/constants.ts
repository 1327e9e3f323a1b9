/** Version of the envelope and of the protocol; rises when a client written for the old one would misread the new one. */
export const PROTOCOL_VERSION = 1;

export const EVENT_TYPES = [
  'stream.started',
  'stream.state',
  'track.started',
  'track.updated',
  'track.ended',
  'frame',
] as const;

/** The protocol's own WebSocket subprotocol, which the server chooses. */
export const SUBPROTOCOL = 'heatbox.v1';

/**
 * Header of an HTTP answer in the place of a WebSocket that another try will not change. It tells heatbox's own refusals
 * from those of a proxy, which may answer 403 or 404 while a server is being replaced.
 */
export const REFUSAL_HEADER = 'Heatbox-Refusal';

/** What browsers, which cannot set headers, put in front of the base64url of their token, as a second subprotocol. */
export const TOKEN_SUBPROTOCOL = 'heatbox.token.';
