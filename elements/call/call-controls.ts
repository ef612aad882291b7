/** The buttons of each phase. Native buttons with names; a pressed one is what is on. */
import type { CallSnapshot, CallView } from '@enk/context';
import { icon, type IconName, strings } from '@enk/internal';
import { html, nothing, type TemplateResult } from 'lit';
import type { StageLayout } from './call-stage.ts';

export type Panel = 'security' | 'devices' | 'people' | 'reactions' | null;

export interface ControlActions {
  answer(isVideo: boolean): Promise<void>;
  decline(): Promise<void>;
  hangUp(): Promise<void>;
  close(): Promise<void>;
  again(): Promise<void>;
  microphone(isOn: boolean): Promise<void>;
  camera(isOn: boolean): Promise<void>;
  screen(isOn: boolean): Promise<void>;
  hold(isHeld: boolean): Promise<void>;
  hand(isRaised: boolean): Promise<void>;
  layout(layout: StageLayout): void;
  pictureInPicture(): void;
  fullscreen(): void;
  open(panel: Panel): void;
}

export function controls(
  snapshot: CallSnapshot,
  call: CallView,
  layout: StageLayout,
  actions: ControlActions,
): TemplateResult {
  switch (call.phase) {
    case 'incoming':
      return answers(call, actions);
    case 'ended':
      return html`<div class="controls">
        <button class="button" type="button" data-testid="call-again" @click=${() => actions.again()}>
          ${strings().call.again}
        </button>
        <button class="button primary" type="button" data-testid="call-close" @click=${() => actions.close()}>
          ${strings().call.close}
        </button>
      </div>`;
    case 'calling':
    case 'connecting':
      return html`<div class="controls" role="toolbar" aria-label=${strings().call.control.toolbar}>
        ${devices(snapshot, actions)}
        ${round('call-devices', 'settings', strings().call.control.devices, () => actions.open('devices'))}
        ${hangUp(call.phase === 'calling' ? strings().call.cancel : strings().call.hangUp, actions)}
      </div>`;
    case 'active':
      return active(snapshot, call, layout, actions);
  }
}

function answers(call: CallView, actions: ControlActions): TemplateResult {
  const texts = strings().call;
  const answer = (
    testId: string,
    className: string,
    name: IconName,
    label: string,
    act: () => void,
  ): TemplateResult =>
    html`<div class="answer">
      <button
        class="round ${className}"
        type="button"
        data-testid=${testId}
        aria-label=${label}
        @click=${act}
      >
        ${icon(name, 24)}
      </button>
      <span aria-hidden="true">${label}</span>
    </div>`;
  return html`<div class="controls">
    <div class="answers">
      ${answer('call-decline', 'refuse', 'hang-up', texts.decline, () => void actions.decline())}
      ${call.isVideo ? answer('call-answer-video', 'take', 'camera', texts.answerVideo, () => void actions.answer(true)) : nothing}
      ${answer('call-answer', 'take', 'phone', texts.answer, () => void actions.answer(false))}
    </div>
  </div>`;
}

function devices({ local }: CallSnapshot, actions: ControlActions): TemplateResult {
  const texts = strings().call;
  const { hasMicrophone, hasCamera } = local;
  return html`${toggle('call-microphone', hasMicrophone ? 'mic' : 'mic-off', texts.shortcut(hasMicrophone ? texts.control.mute : texts.control.unmute, 'M'), !hasMicrophone, () => actions.microphone(!hasMicrophone))}
  ${toggle('call-camera', hasCamera ? 'camera' : 'camera-off', texts.shortcut(hasCamera ? texts.control.cameraOff : texts.control.cameraOn, 'V'), !hasCamera, () => actions.camera(!hasCamera))}`;
}

function active(
  snapshot: CallSnapshot,
  call: CallView,
  layout: StageLayout,
  actions: ControlActions,
): TemplateResult {
  const texts = strings().call;
  const { control, shortcut } = texts;
  const { hasScreen } = snapshot.local;
  const { isHandRaised, isHeld } = call.flags;
  const isFull = document.fullscreenElement !== null;
  return html`<div class="controls" role="toolbar" aria-label=${control.toolbar}>
    ${devices(snapshot, actions)}
    ${toggle('call-screen', 'screen', shortcut(hasScreen ? control.stopScreen : control.shareScreen, 'S'), hasScreen, () => actions.screen(!hasScreen))}
    ${toggle('call-hand', 'hand', shortcut(isHandRaised ? control.lowerHand : control.raiseHand, 'H'), isHandRaised, () => actions.hand(!isHandRaised))}
    ${round('call-react', 'smile', control.react, () => actions.open('reactions'))}
    ${toggle('call-hold', 'pause', isHeld ? control.resume : control.hold, isHeld, () => actions.hold(!isHeld))}
    ${round('call-people', 'user-plus', control.people, () => actions.open('people'))}
    ${call.members.length > 1 ? toggle('call-layout', 'grid', layout === 'grid' ? control.speaker : control.grid, layout === 'speaker', () => actions.layout(layout === 'grid' ? 'speaker' : 'grid')) : nothing}
    ${document.pictureInPictureEnabled ? round('call-pip', 'pip', control.pip, () => actions.pictureInPicture()) : nothing}
    ${document.fullscreenEnabled ? round('call-fullscreen', 'expand', shortcut(isFull ? control.leaveFullscreen : control.fullscreen, 'F'), () => actions.fullscreen()) : nothing}
    ${round('call-devices', 'settings', control.devices, () => actions.open('devices'))}
    ${hangUp(texts.hangUp, actions)}
  </div>`;
}

function hangUp(label: string, actions: ControlActions): TemplateResult {
  return html`<button
    class="round hang-up"
    type="button"
    data-testid="call-hang-up"
    aria-label=${label}
    title=${label}
    @click=${() => actions.hangUp()}
  >
    ${icon('hang-up', 24)}
  </button>`;
}

function round(testId: string, name: IconName, label: string, act: () => void): TemplateResult {
  return html`<button
    class="round"
    type="button"
    data-testid=${testId}
    aria-label=${label}
    title=${label}
    @click=${act}
  >
    ${icon(name)}
  </button>`;
}

function toggle(
  testId: string,
  name: IconName,
  label: string,
  isPressed: boolean,
  act: () => void,
): TemplateResult {
  return html`<button
    class="round"
    type="button"
    data-testid=${testId}
    aria-pressed=${isPressed}
    aria-label=${label}
    title=${label}
    @click=${act}
  >
    ${icon(name)}
  </button>`;
}
