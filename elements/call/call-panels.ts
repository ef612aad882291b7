/** Dialogs over a call: encryption, devices, people, reactions. */
import type { CallSnapshot, CallView, ContactId, ContactView } from '@enk/context';
import { strings } from '@enk/internal';
import { html, nothing, type TemplateResult } from 'lit';
import type { Panel } from './call-controls.ts';
import { digitGroups, nameOf, pathWords } from './words.ts';

export interface PanelOptions {
  readonly snapshot: CallSnapshot;
  readonly call: CallView;
  readonly contacts: readonly ContactView[];
  readonly digits: string;
  readonly name: string;
  close(): void;
  react(emoji: string): Promise<void>;
  add(contactId: ContactId): Promise<void>;
  remove(contactId: ContactId): Promise<void>;
}

const EMOJIS = ['👍', '👏', '❤️', '😂', '😮', '🎉', '🤔', '👋'];

export function panelDialog(panel: Panel, options: PanelOptions): TemplateResult | typeof nothing {
  if (panel === null) return nothing;
  const texts = strings().call;
  const [heading, content] = {
    security: () => [texts.security.title, security(options)] as const,
    devices: () => [texts.devices.title, html`<enk-device-panel></enk-device-panel>`] as const,
    people: () => [texts.people.title, people(options)] as const,
    reactions: () => [texts.control.react, reactions(options)] as const,
  }[panel]();
  return html`<enk-dialog
    open
    .heading=${heading}
    data-testid="call-panel"
    @enk-dialog-close-request=${options.close}
  >
    <div class="dialog">${content}</div>
  </enk-dialog>`;
}

function security({ snapshot, contacts, digits, name }: PanelOptions): TemplateResult {
  const texts = strings().call.security;
  const { sealedEpoch, trouble } = snapshot;
  return html`<p data-testid="call-security-words">
      ${trouble !== null ? strings().call.trouble[trouble] : sealedEpoch === null ? texts.none : texts.sealed(sealedEpoch)}
    </p>
    <p data-testid="call-path">${pathWords(snapshot.members, contacts)}</p>
    ${
      digits === ''
        ? nothing
        : html`<p class="hint">${texts.compare(name)}</p>
            <p class="digits" data-testid="call-safety-number">${digitGroups(digits)}</p>`
    }`;
}

function people({ call, contacts, add, remove }: PanelOptions): TemplateResult {
  const texts = strings().call;
  const here = call.members.filter(({ phase }) => phase !== 'gone');
  const absent = contacts.filter(
    ({ id, isBlocked, identityKey }) =>
      !isBlocked && identityKey !== null && !here.some(({ contactId }) => contactId === id),
  );
  const hint = call.mayChangeMembers ? texts.people.hint : texts.people.others;
  const contactOf = (id: ContactId): ContactView | undefined => contacts.find(contact => contact.id === id);
  return html`<ul class="people">
      ${here.map(
        ({ contactId, phase }) =>
          html`<li>
            <enk-avatar
              .identityKey=${contactOf(contactId)?.identityKey ?? null}
              .name=${nameOf(contactOf(contactId))}
            ></enk-avatar>
            <div class="name">
              <p class="truncate"><bdi>${nameOf(contactOf(contactId))}</bdi></p>
              <p class="hint">${texts.phase[phase]}</p>
            </div>
            ${
              here.length > 1 && call.mayChangeMembers
                ? html`<button
                    class="button danger"
                    aria-label=${texts.people.remove(nameOf(contactOf(contactId)))}
                    type="button"
                    data-testid="call-remove"
                    data-name=${nameOf(contactOf(contactId))}
                    @click=${() => remove(contactId)}
                  >
                    ${texts.people.removeShort}
                  </button>`
                : nothing
            }
          </li>`,
      )}
    </ul>
    <h3>${texts.people.add}</h3>
    <p class="hint">${absent.length === 0 ? texts.people.nobody : hint}</p>
    <ul class="people">
      ${(call.mayChangeMembers ? absent : []).map(
        contact =>
          html`<li>
            <enk-avatar .identityKey=${contact.identityKey} .name=${contact.name}></enk-avatar>
            <p class="name truncate"><bdi>${contact.name}</bdi></p>
            <button
              class="button"
              type="button"
              data-testid="call-add"
              data-name=${contact.name}
              aria-label=${texts.people.addNamed(contact.name)}
              @click=${() => add(contact.id)}
            >
              ${texts.people.addShort}
            </button>
          </li>`,
      )}
    </ul>`;
}

function reactions({ react, close }: PanelOptions): TemplateResult {
  return html`<div class="emojis">
    ${EMOJIS.map(
      emoji =>
        html`<button
          type="button"
          aria-label=${emoji}
          @click=${() => {
            close();
            void react(emoji);
          }}
        >
          ${emoji}
        </button>`,
    )}
  </div>`;
}
