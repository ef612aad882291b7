/** Who is seen: tiles of everybody, with what they say of themselves. */
import type { CallSnapshot, CallView, ContactId, ContactView } from '@enk/context';
import { strings } from '@enk/internal';
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { TileState } from './enk-call-tile.ts';
import { type MemberOfCall, nameOf } from './words.ts';

export type StageLayout = 'grid' | 'speaker';

interface StageOptions {
  readonly layout: StageLayout;
  contact(id: ContactId): ContactView | undefined;
}

/** Above it somebody is heard. */
const SPEAKING_LEVEL = 0.1;

export function stage(snapshot: CallSnapshot, call: CallView, options: StageOptions): TemplateResult {
  const members = call.members.filter(({ phase }) => phase !== 'gone');
  const screens = members.filter(({ flags }) => flags.hasScreen);
  const tiles = members.length + screens.length;
  // Three stand beside each other: in two rows a quarter would be empty.
  const columns = tiles <= 3 ? Math.max(1, tiles) : tiles === 4 ? 2 : 3;
  const large = options.layout === 'speaker' ? loudest(snapshot, members) : null;
  const isLarge = options.layout === 'speaker' || screens.length > 0;
  return html`<div
    class="stage ${isLarge ? 'speaker' : ''}"
    .style="--columns:${isLarge ? Math.max(1, tiles - 1) : columns};--columns-narrow:${isLarge ? Math.max(1, tiles - 1) : tiles > 3 ? 2 : 1}"
    data-testid="stage"
  >
    ${repeat(
      screens,
      ({ contactId }) => `screen-${contactId}`,
      member => screenTile(snapshot, member, options, screens[0] === member),
    )}
    ${repeat(
      members,
      ({ contactId }) => contactId,
      member =>
        memberTile(snapshot, call, member, options, screens.length === 0 && large === member.contactId),
    )}
    ${selfTile(snapshot, call)}
    <div class="reactions" role="status">
      ${snapshot.reactions.map(
        ({ contactId, emoji }) =>
          html`<p class="reaction">
            <span>${emoji}</span> <bdi>${nameOf(options.contact(contactId))}</bdi>
          </p>`,
      )}
    </div>
  </div>`;
}

function loudest(snapshot: CallSnapshot, members: readonly MemberOfCall[]): ContactId | null {
  const level = (id: ContactId): number =>
    snapshot.members.find(({ contactId }) => contactId === id)?.level ?? 0;
  const [first] = [...members].sort((a, b) => level(b.contactId) - level(a.contactId));
  return first?.contactId ?? null;
}

function memberTile(
  snapshot: CallSnapshot,
  call: CallView,
  member: MemberOfCall,
  { contact }: StageOptions,
  isLarge: boolean,
): TemplateResult {
  const { contactId, flags, phase } = member;
  const media = snapshot.members.find(one => one.contactId === contactId);
  const texts = strings().call;
  const state: TileState = {
    words: flags.isHeld ? texts.held : phase === 'present' ? '' : texts.phase[phase],
    hasPicture: flags.hasCamera && !flags.isHeld && phase === 'present',
    hasMicrophone: flags.hasMicrophone,
    isHandRaised: flags.isHandRaised,
    isSpeaking: (media?.level ?? 0) > SPEAKING_LEVEL,
    quality: phase === 'present' ? (media?.quality ?? null) : null,
  };
  return html`<enk-call-tile
    class=${isLarge ? 'large' : ''}
    data-testid="tile"
    data-contact=${contactId}
    .stream=${media?.stream ?? null}
    .contact=${contact(contactId)}
    .name=${nameOf(contact(contactId))}
    .state=${state}
    .speaker=${snapshot.local.chosen.speaker}
    ?silent=${call.flags.isHeld}
    ?speaking=${state.isSpeaking}
  ></enk-call-tile>`;
}

function screenTile(
  snapshot: CallSnapshot,
  { contactId }: MemberOfCall,
  { contact }: StageOptions,
  isLarge: boolean,
): TemplateResult {
  const media = snapshot.members.find(one => one.contactId === contactId);
  const name = strings().call.sharing(nameOf(contact(contactId)));
  const state: TileState = {
    words: '',
    hasPicture: true,
    hasMicrophone: true,
    isHandRaised: false,
    isSpeaking: false,
    quality: null,
  };
  return html`<enk-call-tile
    class=${isLarge ? 'large' : ''}
    data-testid="screen-tile"
    whole
    .stream=${media?.screen ?? null}
    .name=${name}
    .state=${state}
    .speaker=${snapshot.local.chosen.speaker}
  ></enk-call-tile>`;
}

function selfTile({ local }: CallSnapshot, call: CallView): TemplateResult | typeof nothing {
  if (!local.hasCamera) return nothing;
  const state: TileState = {
    words: call.flags.isHeld ? strings().call.held : '',
    hasPicture: true,
    hasMicrophone: local.hasMicrophone,
    isHandRaised: call.flags.isHandRaised,
    isSpeaking: false,
    quality: null,
  };
  return html`<enk-call-tile
    class="self-corner"
    data-testid="self"
    own
    .stream=${local.stream}
    .name=${strings().call.you}
    .state=${state}
  ></enk-call-tile>`;
}
