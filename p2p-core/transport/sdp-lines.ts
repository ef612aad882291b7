/**
 * The lines of a session description (RFC 8866 §5), strictly. Browsers are lenient, each in its own way (Firefox
 * takes `a= fingerprint:…`), and a line that they read and we do not would make every check of ours worthless.
 */

/** `<type>=<value>`: printable ASCII, no space around the equals sign. */
const PLAIN_LINE = /^[a-z]=[\x21-\x7e][\x20-\x7e]*$/i;

/** The lines without their ends, or null when one of them is not plain. The last line end may be missing. */
export function readSdpLines(sdp: string): readonly string[] | null {
  const lines = sdp.split(/\r\n|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.every(line => PLAIN_LINE.test(line)) ? lines : null;
}
