/** pdf.js as this project uses it, by the names of its built files. */
declare module 'pdfjs-dist/build/pdf.mjs' {
  export { getDocument, PDFDataRangeTransport } from 'pdfjs-dist';
  export type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
}
declare module 'pdfjs-dist/build/pdf.worker.mjs' {
  /** Parses documents; pdf.js finds it in `globalThis.pdfjsWorker`. */
  export const WorkerMessageHandler: unknown;
}
