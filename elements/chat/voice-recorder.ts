/**
 * The microphone while a voice message is spoken: an encoder, and how loud it is. Sounds stay in memory; who starts it
 * ends it by `stop` or `cancel`, and the microphone is free then.
 */

const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4;codecs=opus'];
const BITS_PER_SECOND = 32_000;
/** How often the level is looked at. */
const LEVEL_MS = 50;

export class VoiceRecorder {
  readonly #stream: MediaStream;
  readonly #recorder: MediaRecorder;
  readonly #context = new AudioContext();
  readonly #levels: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #parts: Blob[] = [];
  #isOver = false;

  private constructor(stream: MediaStream, type: string, onLevel: (level: number) => void) {
    this.#stream = stream;
    this.#recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
    this.#recorder.addEventListener('dataavailable', ({ data }) => this.#parts.push(data));
    const analyser = new AnalyserNode(this.#context, { fftSize: 1_024 });
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      this.#levels.push(level);
      onLevel(Math.min(1, level * 4));
    }, LEVEL_MS);
    this.#recorder.start(1_000);
  }

  static get isSupported(): boolean {
    return (
      typeof MediaRecorder !== 'undefined' &&
      'mediaDevices' in navigator &&
      TYPES.some(type => MediaRecorder.isTypeSupported(type))
    );
  }

  /** Asks for the microphone. Rejects with a DOMException (`NotAllowedError`, `NotFoundError`, …). */
  static async start({
    onLevel,
    onEnded,
  }: {
    /** 0 … 1. */
    onLevel(level: number): void;
    /** The microphone was taken away. */
    onEnded(): void;
  }): Promise<VoiceRecorder> {
    const type = TYPES.find(candidate => MediaRecorder.isTypeSupported(candidate));
    if (type === undefined) throw new DOMException('', 'NotSupportedError');
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    stream.getAudioTracks()[0]?.addEventListener('ended', onEnded);
    return new VoiceRecorder(stream, type, onLevel);
  }

  /** What was spoken, and how loud it was (each 0 … 1). */
  async stop(): Promise<{ readonly blob: Blob; readonly levels: readonly number[] }> {
    const stopped = new Promise(resolve => this.#recorder.addEventListener('stop', resolve));
    if (this.#recorder.state !== 'inactive') {
      this.#recorder.stop();
      await stopped;
    }
    this.#release();
    return { blob: new Blob(this.#parts, { type: this.#recorder.mimeType }), levels: this.#levels };
  }

  /** Nothing of it is kept. Idempotent. */
  cancel(): void {
    if (this.#isOver) return;
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    this.#parts.length = 0;
    this.#release();
  }

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#context.close();
  }
}
