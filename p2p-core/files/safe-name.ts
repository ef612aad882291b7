/**
 * Names of files that come from others, made harmless: what is kept and shown is one plain line that every file system
 * takes, that hides no direction, and that no system reads as a device or a way out of a folder. Pure. P2P-TRF-10.
 */

/** A line on a screen; with the extension it stays below the 255 bytes of file systems. */
const MAX_CODE_POINTS = 120;
const MAX_BYTES = 200;
const MAX_EXTENSION = 16;

/** Controls, directions, joins and marks that change how the rest is read, and line ends. ZWJ and ZWNJ shape words. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\uffff\u{e0000}-\u{e0fff}]/gu;
/** What separates parts of paths, or means something to a shell or to Windows; and what only looks like it. */
const FORBIDDEN = /[/\\:*?"<>|\u2044\u2215\u29f8\u29f9\uff0f\uff3c\uff1a\u2571\u2572]/gu;
/** Reserved by Windows with any extension: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])(?:\.|$)/iu;

/** Half of a character: no encoding has it. */
const LONE_SURROGATE = /\p{Surrogate}/gu;
const SPACES = /[\s\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]+/gu;

/** The name to keep, of one part: never empty, `.` or `..`. */
export function safeName(claimed: string): string {
  const line = bounded(claimed)
    .replace(LONE_SURROGATE, '')
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(SPACES, ' ')
    .replace(FORBIDDEN, '_');
  const name = trimEnds(shorten(trimEnds(line)));
  if (name === '') return 'file';
  return DEVICE.test(name) ? `_${name}` : name;
}

/** What is far too long is not worth normalizing; its end has the extension. */
function bounded(claimed: string): string {
  return claimed.length <= 4_096 ? claimed : claimed.slice(0, 2_048) + claimed.slice(-64);
}

/** Dots and spaces: in front they hide a file or leave a folder, at the end Windows drops them. */
function trimEnds(name: string): string {
  const [, dots = '', rest = ''] = /^([\s.]*)(.*)$/u.exec(name) ?? [];
  const inner = rest.replace(/[\s.]+$/u, '');
  return dots.includes('.') && inner !== '' ? `_${inner}` : inner;
}

/** Cuts the middle out: the extension stays. */
function shorten(name: string): string {
  const points = [...name];
  const bytesOf = (part: readonly string[]): number => new TextEncoder().encode(part.join('')).length;
  if (points.length <= MAX_CODE_POINTS && bytesOf(points) <= MAX_BYTES) return name;
  const dot = points.lastIndexOf('.');
  const hasExtension = dot > 0 && points.length - dot <= MAX_EXTENSION;
  const extension = hasExtension ? points.slice(dot) : [];
  const stem = points
    .slice(0, hasExtension ? dot : undefined)
    .slice(0, MAX_CODE_POINTS - extension.length - 1);
  while (bytesOf(stem) + bytesOf(extension) + 3 > MAX_BYTES) stem.pop();
  return [...stem, '…', ...extension].join('');
}

/** A text that every encoding has. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

/** The last extension in small letters, without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= MAX_EXTENSION + 1 ? name.slice(dot + 1).toLowerCase() : '';
}

/** What a claimed name tried, if anything. */
export function nameWarnings(
  claimed: string,
): readonly ('hidden-characters' | 'path' | 'device-name' | 'too-long')[] {
  const warnings: ('hidden-characters' | 'path' | 'device-name' | 'too-long')[] = [];
  if ([INVISIBLE, LONE_SURROGATE].some(pattern => claimed.search(pattern) !== -1))
    warnings.push('hidden-characters');
  if (/[/\\]|^\.{1,2}$/u.test(claimed)) warnings.push('path');
  if (DEVICE.test(claimed.trim())) warnings.push('device-name');
  if ([...claimed].length > MAX_CODE_POINTS) warnings.push('too-long');
  return warnings;
}
