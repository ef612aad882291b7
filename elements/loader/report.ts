/** Tells the page by events, and the person in words, that the program did not start. */
import type { ModuleFailure } from './diagnose.ts';

export const failureTexts: Readonly<Record<ModuleFailure['reason'], string>> = {
  altered:
    'A part of the program ($) is not the one that was published, so it was not run. Nothing on this device was changed. Reload the page. If this message returns, tell the people who run this site.',
  unreachable: 'A part of the program ($) could not be loaded. Check the connection, then reload the page.',
  failed: 'A part of the program ($) stopped with an error. Reload the page, or update the browser.',
  mixed:
    'This page runs another release of it already ($). One page runs one release: reload the page, or tell the people who run this site.',
  unsupported:
    'This browser cannot check that the program is unaltered. Update it, or use a current Chrome, Edge, Firefox or Safari.',
};

/** What a person reads about a failure. */
export function failureText({ module, reason }: ModuleFailure): string {
  return `Enkrypted did not start. ${failureTexts[reason].replace('$', module)}`;
}

export function announce(type: string, detail?: object): void {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}

export function announceFailure({ module, reason }: ModuleFailure): void {
  if (reason !== 'unsupported') announce('enk:module-fail', { module, reason });
  announce('enk:error', { code: `module-${reason}`, module });
}

/** Puts words in the place of an element that did not come to life. */
export function showText(place: Element, text: string): void {
  place.querySelector('.enk-not-booted')?.remove();
  const box = document.createElement('div');
  box.setAttribute('role', 'alert');
  box.className = 'enk-boot-failure';
  box.style.cssText = 'display:block;padding:16px;font:16px/1.5 system-ui';
  box.append(text);
  place.prepend(box);
}

/** Shows the failure where its element stands, else at the top of the page, and announces it. */
export function showFailure(failure: ModuleFailure): void {
  announceFailure(failure);
  const own = document.querySelector(failure.module.replace('@enk/', 'enk-').replace(/[^a-z-]/g, ''));
  const place = own ?? [...document.body.children].find(({ localName }) => localName.startsWith('enk-'));
  document.querySelector('.enk-not-booted')?.remove();
  showText(place ?? document.body, failureText(failure));
}
