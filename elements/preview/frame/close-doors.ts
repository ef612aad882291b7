/**
 * Takes from the frame what no fetch directive of a policy governs: a peer connection would reach any address over UDP,
 * whoever holds pdf.js. Imported first, before anything else of the frame runs. The policy says `webrtc 'block'` as well,
 * for browsers that know it.
 */
const DOORS = [
  'RTCPeerConnection',
  'webkitRTCPeerConnection',
  'mozRTCPeerConnection',
  'RTCIceTransport',
  'RTCIceGatherer',
  'WebTransport',
  'WebSocket',
  'WebSocketStream',
  'EventSource',
] as const;

for (const name of DOORS) {
  // Neither set nor defined again; a child frame has an origin of its own, and lends none of its.
  Object.defineProperty(globalThis, name, { value: undefined, writable: false, configurable: false });
}

export {};
