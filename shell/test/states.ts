/** Every main state of the product, by name: those of the chat, and the shell's settings. One list for everybody. */
import { showState } from '../../elements/chat/test/show-state.ts';
import { CHAT_STATES, stateNamed } from '../../elements/chat/test/states.ts';
import { TestServices } from '../../elements/chat/test/service-set.ts';
import { EnkSettings } from '../settings/enk-settings.ts';
import { defineElement } from '@enk/internal';

defineElement('enk-settings', EnkSettings);

export interface ProductState {
  readonly name: string;
  /** Draws the state as the only child of `stage`; resolves when it stands. */
  show(stage: HTMLElement): Promise<HTMLElement>;
}

const chatStates: readonly ProductState[] = CHAT_STATES.map(state => ({
  name: state.name,
  show: async stage => (await showState(state, stage)).chat,
}));

async function showSettings(stage: HTMLElement, prepare?: (settings: EnkSettings) => Promise<void>) {
  const provider = document.createElement('enk-test-provider') as HTMLElement & {
    provide(services: TestServices): void;
  };
  provider.provide(new TestServices(stateNamed('list').data));
  const settings = document.createElement('enk-settings');
  provider.append(settings);
  stage.replaceChildren(provider);
  await settings.updateComplete;
  await prepare?.(settings);
  await settings.updateComplete;
  return settings;
}

const settingsStates: readonly ProductState[] = [
  { name: 'settings', show: stage => showSettings(stage) },
  {
    name: 'settings-network-errors',
    show: stage =>
      showSettings(stage, async settings => {
        const form = settings.renderRoot.querySelector('enk-network-form');
        await form?.updateComplete;
        const field = (id: string) => form?.renderRoot.querySelector<HTMLInputElement>(`#${id}`);
        const [broker, ice] = [field('broker'), field('ice')];
        if (broker) broker.value = 'broker.example';
        if (ice) ice.value = 'turn:relay.example';
        form?.renderRoot.querySelector('form')?.requestSubmit();
        await form?.updateComplete;
        broker?.scrollIntoView({ block: 'center' });
      }),
  },
];

export const PRODUCT_STATES: readonly ProductState[] = [...chatStates, ...settingsStates];
