/**
 * Runs in the pages of calls.bench.ts, before the product's first script: a camera of the wanted size, the browser's own
 * counts of every media connection, and a bare WebRTC call beside ours, signalled over a data channel that is open
 * already, as our session is. One self-contained function: it is sent to the page as text.
 */

/** How a page counts its media. */
export interface MediaCounts {
  readonly atMs: number;
  /** Frames decoded of each incoming picture. */
  readonly decoded: readonly number[];
  /** Rows of each incoming picture. */
  readonly heights: readonly number[];
}

export interface CallsBench {
  /** What the camera gives from now on. */
  size(width: number, height: number, framesPerSecond: number): void;
  counts(): Promise<MediaCounts>;
  /** Clicks the button as soon as it is there; resolves then. */
  clickWhenThere(testId: string): Promise<void>;
  /** Clicks and waits until a frame that came in is decoded: ms. */
  clickToFrame(testId: string): Promise<number>;
  gone(testId: string): Promise<void>;
  /** So many transfers in the chat are done. */
  transfersDone(count: number): Promise<void>;
  channelOffer(): Promise<string>;
  channelAnswer(offer: string): Promise<string>;
  channelOpen(answer: string): Promise<void>;
  /** The bare call, from getUserMedia to the first decoded frame: ms. */
  bareCall(): Promise<number>;
  bareEnd(): void;
}

export function installCallsBench(): void {
  const BITRATE = 1_500_000;
  let size = { width: 640, height: 360, frameRate: 30 };
  const connections = new Set<RTCPeerConnection>();
  const Native = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.add(this);
    }
  };
  const devices = navigator.mediaDevices;
  const open = devices?.getUserMedia.bind(devices);
  if (devices && open) {
    devices.getUserMedia = constraints =>
      open(constraints?.video ? { ...constraints, video: { ...size } } : constraints);
  }

  const search = (root: ParentNode, testId: string): HTMLElement | null => {
    for (const element of root.querySelectorAll<HTMLElement>('*')) {
      if (element.dataset['testid'] === testId) return element;
      const found = element.shadowRoot ? search(element.shadowRoot, testId) : null;
      if (found) return found;
    }
    return null;
  };
  const searchAll = (root: ParentNode, testId: string): HTMLElement[] =>
    [...root.querySelectorAll<HTMLElement>('*')].flatMap(element => [
      ...(element.dataset['testid'] === testId ? [element] : []),
      ...(element.shadowRoot ? searchAll(element.shadowRoot, testId) : []),
    ]);
  const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
  const whenThere = async (testId: string): Promise<HTMLElement> => {
    for (;;) {
      const found = search(document, testId);
      if (found) return found;
      await pause(5);
    }
  };

  const inbound = async (): Promise<Record<string, unknown>[]> => {
    const reports: Record<string, unknown>[] = [];
    for (const connection of connections) {
      if (connection.connectionState === 'closed') connections.delete(connection);
      else {
        const stats = await connection.getStats();
        stats.forEach((report: Record<string, unknown>) => {
          if (report['type'] === 'inbound-rtp' && report['kind'] === 'video') reports.push(report);
        });
      }
    }
    return reports;
  };
  const firstFrame = async (startedAt: number): Promise<number> => {
    for (;;) {
      if ((await inbound()).some(report => Number(report['framesDecoded'] ?? 0) > 0)) {
        return performance.now() - startedAt;
      }
      await pause(5);
    }
  };

  // ---------------------------------------------------------------- the bare call
  let control: RTCPeerConnection;
  let channel: RTCDataChannel;
  let bare: RTCPeerConnection | null = null;
  let stream: MediaStream | null = null;
  const say = (message: unknown): void => channel.send(JSON.stringify(message));
  const gathered = async (connection: RTCPeerConnection): Promise<string> => {
    while (connection.iceGatheringState !== 'complete') await pause(5);
    return connection.localDescription?.sdp ?? '';
  };
  /** As our element does: the other's picture over the page, our own in a corner. */
  const pictures: HTMLVideoElement[] = [];
  const show = (picture: MediaStream, style: string): void => {
    const video = Object.assign(document.createElement('video'), {
      srcObject: picture,
      muted: true,
      autoplay: true,
    });
    video.style.cssText = `position: fixed; z-index: 1000; object-fit: cover; ${style}`;
    document.body.append(video);
    pictures.push(video);
  };
  const makeBare = async (): Promise<RTCPeerConnection> => {
    const connection = new RTCPeerConnection();
    bare = connection;
    connection.onicecandidate = ({ candidate }) => candidate && say({ candidate });
    connection.ontrack = ({ track }) => {
      if (track.kind === 'video')
        show(new MediaStream([track]), 'inset: 60px 0 90px; width: 100%; height: 80%');
    };
    stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    show(stream, 'right: 16px; bottom: 100px; width: 160px; height: 90px');
    return connection;
  };
  const addTracks = async (connection: RTCPeerConnection): Promise<void> => {
    for (const track of stream?.getTracks() ?? []) connection.addTrack(track, stream as MediaStream);
    for (const transceiver of connection.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      if (kind !== 'video') continue;
      const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
      transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /vp8|rtx/i.test(mimeType)));
    }
  };
  const limit = async (connection: RTCPeerConnection): Promise<void> => {
    for (const sender of connection.getSenders()) {
      const parameters = sender.getParameters();
      const [encoding] = parameters.encodings;
      if (sender.track?.kind !== 'video' || encoding === undefined) continue;
      encoding.maxBitrate = BITRATE;
      await sender.setParameters(parameters);
    }
  };
  const endBare = (): void => {
    stream?.getTracks().forEach(track => track.stop());
    for (const video of pictures.splice(0)) video.remove();
    bare?.close();
    bare = null;
  };
  const early: RTCIceCandidateInit[] = [];
  const describe = async (connection: RTCPeerConnection, init: RTCSessionDescriptionInit): Promise<void> => {
    await connection.setRemoteDescription(init);
    for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
  };
  const take = async (text: string): Promise<void> => {
    const message = JSON.parse(text) as {
      candidate?: RTCIceCandidateInit;
      offer?: string;
      answer?: string;
      end?: true;
    };
    if (message.end) endBare();
    if (message.candidate) {
      if (bare?.remoteDescription) await bare.addIceCandidate(message.candidate);
      else early.push(message.candidate);
    }
    if (message.answer && bare) await describe(bare, { type: 'answer', sdp: message.answer });
    if (message.offer) {
      const connection = await makeBare();
      await describe(connection, { type: 'offer', sdp: message.offer });
      await addTracks(connection);
      await connection.setLocalDescription();
      say({ answer: connection.localDescription?.sdp });
      await limit(connection);
    }
  };
  let steps = Promise.resolve();
  const listen = (): void => {
    channel.onmessage = ({ data }: MessageEvent<string>) => {
      steps = steps.then(() => take(data));
    };
  };

  const bench: CallsBench = {
    size: (width, height, frameRate) => {
      size = { width, height, frameRate };
    },
    counts: async () => {
      const reports = await inbound();
      const read = (key: string): number[] => reports.map(report => Number(report[key] ?? 0));
      return { atMs: performance.now(), decoded: read('framesDecoded'), heights: read('frameHeight') };
    },
    clickWhenThere: async testId => (await whenThere(testId)).click(),
    clickToFrame: async testId => {
      const button = await whenThere(testId);
      const startedAt = performance.now();
      button.click();
      return firstFrame(startedAt);
    },
    gone: async testId => {
      while (search(document, testId)) await pause(20);
    },
    transfersDone: async count => {
      const isDone = (element: HTMLElement): boolean => element.dataset['state'] === 'done';
      while (searchAll(document, 'transfer').filter(isDone).length < count) await pause(10);
    },
    channelOffer: async () => {
      control = new Native();
      channel = control.createDataChannel('signals');
      listen();
      await control.setLocalDescription();
      return gathered(control);
    },
    channelAnswer: async offer => {
      control = new Native();
      control.ondatachannel = event => {
        channel = event.channel;
        listen();
      };
      await control.setRemoteDescription({ type: 'offer', sdp: offer });
      await control.setLocalDescription();
      return gathered(control);
    },
    channelOpen: async answer => {
      const opened = new Promise(resolve => (channel.onopen = resolve));
      await control.setRemoteDescription({ type: 'answer', sdp: answer });
      await opened;
    },
    bareCall: async () => {
      const startedAt = performance.now();
      const connection = await makeBare();
      await addTracks(connection);
      await connection.setLocalDescription();
      say({ offer: connection.localDescription?.sdp });
      const tookMs = await firstFrame(startedAt);
      await limit(connection);
      return tookMs;
    },
    bareEnd: () => {
      say({ end: true });
      endBare();
    },
  };
  Object.assign(globalThis, { callsBench: bench });
}
