/** The model takes what SPEC.md allows after an author's restore, and nothing beside it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Transcript, TranscriptError } from './transcript.ts';

function write(transcript: Transcript, ...texts: readonly string[]): void {
  for (const text of texts) transcript.wrote(text)();
}

function store(transcript: Transcript, ...texts: readonly string[]): void {
  for (const text of texts) transcript.store(text);
}

/** A restored author writes two more, is copied, delivers them in a new incarnation, and goes back to that copy. */
function renumberedSinceCopy(): Transcript {
  const transcript = new Transcript('a→b');
  write(transcript, 'one');
  store(transcript, 'one');
  const first = transcript.copy();
  write(transcript, 'lost');
  store(transcript, 'lost');
  transcript.authorRestored(first, ['one'], 0);
  write(transcript, 'two', 'three');
  const second = transcript.copy();
  store(transcript, 'two', 'three');
  transcript.authorRestored(second, ['one', 'two', 'three'], 2);
  write(transcript, 'four');
  return transcript;
}

/** The same with the original in step all the time: its copy knows the ids that the reader has. */
function inStepSinceCopy(): Transcript {
  const transcript = new Transcript('a→b');
  write(transcript, 'one');
  store(transcript, 'one');
  write(transcript, 'two', 'three');
  const copy = transcript.copy();
  store(transcript, 'two', 'three');
  transcript.authorRestored(copy, ['one', 'two', 'three'], 2);
  write(transcript, 'four');
  return transcript;
}

describe("the simulator's model of an author's restore", () => {
  it('P2P-DEL-08: takes all that waited a second time when it was numbered anew since the copy', () => {
    const transcript = renumberedSinceCopy();
    store(transcript, 'two', 'three', 'four');
    transcript.assertEqual(
      ['one', 'two', 'three', 'four'],
      ['one', 'lost', 'two', 'three', 'two', 'three', 'four'],
    );
  });

  it('P2P-DEL-08: does not take a part of it, what was acknowledged, a gap, or a third time', () => {
    for (const wrong of [['three'], ['one'], ['two', 'four'], ['two', 'three', 'two']]) {
      assert.throws(() => store(renumberedSinceCopy(), ...wrong), TranscriptError, wrong.join());
    }
  });

  it('P2P-DEL-01: takes nothing a second time when the copy knows the ids that the reader has', () => {
    assert.throws(() => store(inStepSinceCopy(), 'two'), TranscriptError);
    store(inStepSinceCopy(), 'four');
  });
});
