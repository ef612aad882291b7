/**
 * The four tracks that a member of a call may send, in the order of their media sections and of SFrame's track slots
 * (KID): both sides know which section carries what without a word in the description.
 */
export const MEDIA_SLOTS = ['microphone', 'camera', 'screen', 'screen-audio'] as const;

export type MediaSlot = (typeof MEDIA_SLOTS)[number];

export type MediaKind = 'audio' | 'video';

/** What a slot carries. */
export function kindOf(slot: MediaSlot): MediaKind {
  return slot === 'camera' || slot === 'screen' ? 'video' : 'audio';
}

/** Its number in a KID, and its media section. */
export function slotIndex(slot: MediaSlot): number {
  return MEDIA_SLOTS.indexOf(slot);
}
