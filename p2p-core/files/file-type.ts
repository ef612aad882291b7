/**
 * What a file is by its first bytes, and what is to be said about it before anybody opens it. Pure. P2P-TRF-12.
 * Names and types of the sender are claims; the bytes decide what may be shown.
 */
import { extensionOf, nameWarnings, safeName } from './safe-name.ts';

/** So many bytes of the start are enough for `detectType`. */
export const TYPE_HEAD_BYTES = 4_096;

const utf8 = (text: string): readonly number[] => [...new TextEncoder().encode(text)];

interface Signature {
  readonly mediaType: string;
  readonly at: number;
  readonly bytes: readonly (number | null)[];
}

const sign = (mediaType: string, bytes: string | readonly (number | null)[], at = 0): Signature => ({
  mediaType,
  at,
  bytes: typeof bytes === 'string' ? utf8(bytes) : bytes,
});
const any = (count: number): null[] => Array<null>(count).fill(null);

/** https://mimesniff.spec.whatwg.org/#matching-a-mime-type-pattern and the formats' own specifications. */
const SIGNATURES: readonly Signature[] = [
  sign('image/png', [0x89, ...utf8('PNG\r\n'), 0x1a, 0x0a]),
  sign('image/jpeg', [0xff, 0xd8, 0xff]),
  sign('image/gif', 'GIF87a'),
  sign('image/gif', 'GIF89a'),
  sign('image/webp', [...utf8('RIFF'), ...any(4), ...utf8('WEBPVP')]),
  sign('image/avif', 'ftypavif', 4),
  sign('image/avif', 'ftypavis', 4),
  sign('image/heic', 'ftyphei', 4),
  sign('image/bmp', [0x42, 0x4d, ...any(4), 0, 0, 0, 0]),
  sign('image/tiff', [0x49, 0x49, 0x2a, 0x00]),
  sign('image/tiff', [0x4d, 0x4d, 0x00, 0x2a]),
  sign('image/x-icon', [0, 0, 1, 0]),
  sign('application/pdf', '%PDF-'),
  sign('audio/wav', [...utf8('RIFF'), ...any(4), ...utf8('WAVE')]),
  sign('video/x-msvideo', [...utf8('RIFF'), ...any(4), ...utf8('AVI ')]),
  sign('audio/mpeg', 'ID3'),
  sign('audio/mpeg', [0xff, 0xfb]),
  sign('audio/flac', 'fLaC'),
  sign('audio/ogg', 'OggS'),
  sign('audio/mp4', 'ftypM4A', 4),
  sign('video/quicktime', 'ftypqt', 4),
  sign('video/mp4', 'ftyp', 4),
  sign('video/webm', [0x1a, 0x45, 0xdf, 0xa3]),
  sign('application/zip', [0x50, 0x4b, 0x03, 0x04]),
  sign('application/zip', [0x50, 0x4b, 0x05, 0x06]),
  sign('application/gzip', [0x1f, 0x8b]),
  sign('application/x-7z-compressed', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
  sign('application/vnd.rar', 'Rar!'),
  sign('application/x-xz', [0xfd, ...utf8('7zXZ'), 0]),
  sign('application/zstd', [0x28, 0xb5, 0x2f, 0xfd]),
  sign('application/x-msdownload', 'MZ'),
  sign('application/x-elf', [0x7f, ...utf8('ELF')]),
  sign('application/x-mach-binary', [0xfe, 0xed, 0xfa, null]),
  sign('application/x-mach-binary', [null, 0xfa, 0xed, 0xfe]),
  sign('application/java-vm', [0xca, 0xfe, 0xba, 0xbe]),
  sign('application/wasm', [0x00, ...utf8('asm')]),
  sign('application/x-ms-shortcut', [0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0]),
  sign('application/x-ole-storage', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
  sign('application/x-shellscript', '#!'),
  sign('application/rtf', '{\\rtf'),
  sign('font/woff2', 'wOF2'),
];

/** Marks of documents that run script, anywhere in the first bytes of a text: a comment may stand in front. */
const ACTIVE_MARKS: readonly (readonly [RegExp, string])[] = [
  [/<svg[\s>:]|xmlns(?::\w+)?\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg/iu, 'image/svg+xml'],
  [
    /<(?:!doctype\s+html|html|head|body|script|iframe|object|embed|title|style|a\s|img\s|form|meta|link)\b/iu,
    'text/html',
  ],
  [/^\s*<\?xml/iu, 'application/xml'],
];

/** The type by content; null when the bytes are no text and nothing known. */
export function detectType(head: Uint8Array): string | null {
  const found = SIGNATURES.find(({ at, bytes }) =>
    bytes.every((byte, index) => byte === null || head[at + index] === byte),
  );
  if (found !== undefined) return found.mediaType;
  const text = asText(head.subarray(0, TYPE_HEAD_BYTES));
  if (text === null) return null;
  return ACTIVE_MARKS.find(([mark]) => mark.test(text))?.[1] ?? 'text/plain';
}

function asText(head: Uint8Array): string | null {
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (utf16) return new TextDecoder(head[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(head);
  try {
    // The last character may be cut off.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/u.test(text) ? null : text;
  } catch {
    return null; // not UTF-8
  }
}

/** Raster formats that browsers decode in memory and that cannot run anything. */
const SAFE_IMAGES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
]);

const DANGEROUS_TYPES: ReadonlySet<string> = new Set([
  'application/x-msdownload',
  'application/x-elf',
  'application/x-mach-binary',
  'application/java-vm',
  'application/x-ms-shortcut',
  'application/x-shellscript',
  'application/wasm',
  'image/svg+xml',
  'text/html',
]);

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/u));

/** What some system runs, or opens in a program that runs what is inside, on a double click. */
const DANGEROUS_EXTENSIONS = words(`
  exe com scr pif bat cmd msi msp msc msix appx appxbundle application gadget cpl dll sys drv ocx inf reg lnk url
  vb vbs vbe js jse mjs cjs wsf wsh wsc hta ps1 ps1xml psm1 psd1 psc1 scf sct shb shs job chm hlp diagcab settingcontent-ms
  jar jnlp class apk aab xapk ipa app dmg pkg mpkg command tool workflow action scpt scptd applescript terminal webloc
  deb rpm run bin appimage flatpakref snap desktop sh bash zsh csh ksh fish pl py pyc pyw rb php phar lua
  svg svgz html htm xhtml xht shtml mht mhtml xml xsl xslt swf
  docm dotm xlsm xltm xlam xlsb xll pptm potm ppam ppsm sldm iqy slk one onepkg library-ms search-ms theme themepack
  iso img vhd vhdx vmdk cab xpi crx wasm elf torrent rdp ica
`);

const TYPE_OF_EXTENSION: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  jfif: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  bmp: 'image/bmp',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/webm',
  avi: 'video/x-msvideo',
  zip: 'application/zip',
  docx: 'application/zip',
  xlsx: 'application/zip',
  pptx: 'application/zip',
  odt: 'application/zip',
  epub: 'application/zip',
  gz: 'application/gzip',
  '7z': 'application/x-7z-compressed',
  rar: 'application/vnd.rar',
  exe: 'application/x-msdownload',
  txt: 'text/plain',
  md: 'text/plain',
  csv: 'text/plain',
  json: 'text/plain',
  log: 'text/plain',
  html: 'text/html',
  htm: 'text/html',
  rtf: 'application/rtf',
};

export type FileWarning =
  /** The name had characters that do not show, or that turn its order round. */
  | 'hidden-characters'
  /** It tried to leave its folder. */
  | 'path'
  | 'device-name'
  | 'too-long'
  /** It ends in two extensions, of which people see the first. */
  | 'double-extension'
  /** Opening it may run a program. */
  | 'dangerous'
  /** It is not what its name says. */
  | 'type-mismatch';

export interface FileJudgement {
  /** The claim made harmless: what is shown and kept. */
  readonly name: string;
  /** By its name; null when the extension says nothing. */
  readonly claimedType: string | null;
  /** By its content; null when it is not here yet, or nothing known. */
  readonly detectedType: string | null;
  readonly warnings: readonly FileWarning[];
  /** By content a raster image that may be shown as one. */
  readonly isSafeImage: boolean;
}

/** What is to be said about a file; `head` its first bytes, null while they are not here. */
export function judgeFile(claimedName: string, head: Uint8Array | null): FileJudgement {
  const name = safeName(claimedName);
  const extension = extensionOf(name);
  const claimedType = TYPE_OF_EXTENSION[extension] ?? null;
  const detectedType = head === null ? null : detectType(head);
  const warnings = new Set<FileWarning>(nameWarnings(claimedName));
  if (hasDoubleExtension(name)) warnings.add('double-extension');
  const isDangerous =
    DANGEROUS_EXTENSIONS.has(extension) || (detectedType !== null && DANGEROUS_TYPES.has(detectedType));
  if (isDangerous) warnings.add('dangerous');
  if (claimedType !== null && detectedType !== null && !isSameKind(claimedType, detectedType))
    warnings.add('type-mismatch');
  const isSafeImage = detectedType !== null && SAFE_IMAGES.has(detectedType);
  return { name, claimedType, detectedType, warnings: [...warnings], isSafeImage };
}

/** `photo.jpg.exe`: a known extension in front of one that runs. `a.tar.gz` and `plan.v2.pdf` are none. */
function hasDoubleExtension(name: string): boolean {
  const last = extensionOf(name);
  const inner = extensionOf(name.slice(0, Math.max(0, name.length - last.length - 1)).trim());
  return (
    DANGEROUS_EXTENSIONS.has(last) &&
    (Object.hasOwn(TYPE_OF_EXTENSION, inner) || DANGEROUS_EXTENSIONS.has(inner))
  );
}

/** Formats of one container pass for each other. */
function isSameKind(claimed: string, detected: string): boolean {
  const container = (type: string): string =>
    /^(?:audio|video)\/(?:mp4|quicktime)$/u.test(type) ? 'iso media' : type;
  return container(claimed) === container(detected);
}
