import { expect } from '@esm-bundle/chai';
import { detectType, judgeFile } from './file-type.ts';

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap(part => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
  );

const PNG = bytes([0x89], 'PNG\r\n', [0x1a, 0x0a], 'rest');
const EXE = bytes('MZ', [0x90, 0]);

const TYPES: readonly (readonly [string, Uint8Array, string | null])[] = [
  ['PNG', PNG, 'image/png'],
  ['JPEG', bytes([0xff, 0xd8, 0xff, 0xe0]), 'image/jpeg'],
  ['GIF', bytes('GIF89a...'), 'image/gif'],
  ['WebP', bytes('RIFF', [1, 2, 3, 4], 'WEBPVP8 '), 'image/webp'],
  ['WAV', bytes('RIFF', [1, 2, 3, 4], 'WAVEfmt '), 'audio/wav'],
  ['AVIF', bytes([0, 0, 0, 32], 'ftypavif'), 'image/avif'],
  ['MP4', bytes([0, 0, 0, 32], 'ftypisom'), 'video/mp4'],
  ['PDF', bytes('%PDF-1.7'), 'application/pdf'],
  ['ZIP', bytes('PK', [3, 4]), 'application/zip'],
  ['a Windows program', EXE, 'application/x-msdownload'],
  ['an ELF program', bytes([0x7f], 'ELF'), 'application/x-elf'],
  ['a Mach-O program', bytes([0xcf, 0xfa, 0xed, 0xfe]), 'application/x-mach-binary'],
  ['a script', bytes('#!/bin/sh\n'), 'application/x-shellscript'],
  ['a shortcut', bytes([0x4c, 0, 0, 0, 1, 0x14, 2, 0]), 'application/x-ms-shortcut'],
  ['HTML', bytes('<!DOCTYPE html>'), 'text/html'],
  ['HTML behind a comment', bytes('<!-- x --><scRIpt>'), 'text/html'],
  [
    'HTML in UTF-16',
    bytes(
      [0xff, 0xfe],
      [...'<html>'].flatMap(c => [c.charCodeAt(0), 0]),
    ),
    'text/html',
  ],
  ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg">'), 'image/svg+xml'],
  [
    'SVG with a prefix',
    bytes('<?xml version="1.0"?><x:svg xmlns:x="http://www.w3.org/2000/svg"/>'),
    'image/svg+xml',
  ],
  ['XML', bytes('<?xml version="1.0"?><a/>'), 'application/xml'],
  ['text', bytes('Grüße, 日本'), 'text/plain'],
  ['text with less-than', bytes('a < b'), 'text/plain'],
  ['text that ends in half a character', bytes('ab', [0xe6, 0x97]), 'text/plain'],
  ['nothing', bytes(), 'text/plain'],
  ['no text', bytes([1, 2, 3, 0xff]), null],
];

describe('file types', () => {
  for (const [what, head, type] of TYPES) {
    it(`P2P-TRF-12: ${what} is seen by its content`, () => {
      expect(detectType(head)).to.equal(type);
    });
  }

  it('P2P-TRF-12: only raster images by content are shown as images', () => {
    expect(judgeFile('a.png', PNG).isSafeImage).to.equal(true);
    expect(judgeFile('a.txt', PNG).isSafeImage).to.equal(true);
    for (const head of [EXE, bytes('<svg>'), bytes('<html>'), bytes('text'), null]) {
      expect(judgeFile('a.png', head).isSafeImage).to.equal(false);
    }
  });

  const DANGEROUS: readonly (readonly [string, Uint8Array | null])[] = [
    ['a.exe', null],
    ['a.EXE', null],
    ['a.scr', null],
    ['photo.jpg', EXE],
    ['a.svg', null],
    ['a.html', null],
    ['a.docm', null],
    ['a.lnk', null],
    ['a.command', null],
    ['readme', bytes('#!/bin/sh')],
    ['photo\u202egpj.exe', null],
    ['a.exe ', null],
    ['a.exe.', null],
    ['a.e\u200bxe', null],
  ];
  for (const [name, head] of DANGEROUS) {
    it(`P2P-TRF-12: ${JSON.stringify(name)} is marked as dangerous`, () => {
      expect(judgeFile(name, head).warnings).to.include('dangerous');
    });
  }

  for (const name of [
    'plan.pdf',
    'a.tar.gz',
    'photo.jpg',
    'plan.v2.docx',
    'song.mp3',
    'notes.txt',
    'no extension',
  ]) {
    it(`P2P-TRF-12: ${JSON.stringify(name)} is not`, () => {
      expect(judgeFile(name, null).warnings).to.deep.equal([]);
    });
  }

  it('P2P-TRF-12: double extensions are told', () => {
    for (const name of ['photo.jpg.exe', 'plan.pdf .scr', 'a.exe.js', 'a.txt\u202e.exe']) {
      expect(judgeFile(name, null).warnings, name).to.include('double-extension');
    }
    for (const name of ['a.tar.gz', 'plan.v2.exe', 'report.2026.pdf']) {
      expect(judgeFile(name, null).warnings, name).to.not.include('double-extension');
    }
  });

  it('P2P-TRF-12: what is not what its name says is told, and containers pass for each other', () => {
    expect(judgeFile('a.pdf', PNG).warnings).to.deep.equal(['type-mismatch']);
    expect(judgeFile('a.docx', bytes('PK', [3, 4])).warnings).to.deep.equal([]);
    expect(judgeFile('a.mov', bytes([0, 0, 0, 32], 'ftypisom')).warnings).to.deep.equal([]);
    expect(judgeFile('a.unknown', PNG).warnings).to.deep.equal([]);
  });
});
