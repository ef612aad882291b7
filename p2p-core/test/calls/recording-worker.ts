/** A receiver without keys: passes every frame on as it came, and tells the page its bytes, and what the browser takes it for. */
interface Frame {
  readonly data: ArrayBuffer;
  readonly type?: string;
}

interface Transformer {
  readonly readable: ReadableStream<Frame>;
  readonly writable: WritableStream<Frame>;
  readonly options: { readonly slot: number };
}

const scope = globalThis as unknown as {
  onrtctransform: (event: { readonly transformer: Transformer }) => void;
  postMessage(message: unknown): void;
};

scope.onrtctransform = ({ transformer }) => {
  const { slot } = transformer.options;
  const record = new TransformStream<Frame, Frame>({
    transform: (frame, controller) => {
      scope.postMessage({ slot, type: frame.type, bytes: new Uint8Array(frame.data.slice(0)) });
      controller.enqueue(frame);
    },
  });
  void transformer.readable.pipeThrough(record).pipeTo(transformer.writable);
};

export {}; // a module: its names are its own
