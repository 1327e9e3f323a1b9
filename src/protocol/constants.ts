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

/** What browsers, which cannot set headers, put in front of the base64url of their token, as a second subprotocol. */
export const TOKEN_SUBPROTOCOL = 'heatbox.token.';
