/**
 * Icons: strokes on a 24 px grid, drawn here, one line weight. Decorative: the words stand beside them or in the
 * control's name.
 */
import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';

const SHAPES = {
  back: svg`<path d="M15 5l-7 7 7 7" />`,
  down: svg`<path d="M12 5v14M6 13l6 6 6-6" />`,
  search: svg`<circle cx="11" cy="11" r="6.5" /><path d="M16 16l4.5 4.5" />`,
  send: svg`<path d="M12 19V5M6 11l6-6 6 6" />`,
  plus: svg`<path d="M12 5v14M5 12h14" />`,
  close: svg`<path d="M6 6l12 12M18 6L6 18" />`,
  link: svg`<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7l-1.2 1.2" /><path d="M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.2-1.2" />`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2.5" /><path d="M15 5.5A2 2 0 0 0 13 4H6a2 2 0 0 0-2 2v7a2 2 0 0 0 1.5 1.9" />`,
  share: svg`<path d="M12 15V4M8 7.5L12 4l4 3.5" /><path d="M5 12v6a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-6" />`,
  check: svg`<path d="M5 12.5l4.5 4.5L19 7.5" />`,
  'double-check': svg`<path d="M2.5 12.5L7 17l9-9.5" /><path d="M12 16.5l.5.5 9-9.5" />`,
  eye: svg`<path d="M2.5 12c2-4 5.3-6.25 9.5-6.25s7.5 2.25 9.5 6.25c-2 4-5.3 6.25-9.5 6.25S4.5 16 2.5 12z" /><circle cx="12" cy="12" r="2.75" />`,
  clock: svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 7.5V12l3 2" />`,
  timer: svg`<circle cx="12" cy="13.5" r="7.5" /><path d="M12 9.5v4l2.5 1.5M9.5 2.75h5M18.5 6.5l1.25 1.25" />`,
  more: svg`<path d="M6 12v.05M12 12v.05M18 12v.05" stroke-width="2.75" />`,
  trash: svg`<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.75 11.5a1.5 1.5 0 0 0 1.5 1.5h6.5a1.5 1.5 0 0 0 1.5-1.5L17.5 7" />`,
  'user-plus': svg`<circle cx="10" cy="8" r="3.75" /><path d="M3.5 20c.6-3.6 3.1-5.5 6.5-5.5 1.7 0 3.2.5 4.3 1.4" /><path d="M18 14v6M15 17h6" />`,
  at: svg`<circle cx="12" cy="12" r="3.75" /><path d="M15.75 8.5v4.75a2.5 2.5 0 0 0 5 0V12a8.75 8.75 0 1 0-3.5 7" />`,
  alert: svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 7.75v5M12 16.2v.05" />`,
  offline: svg`<path d="M4 4l16 16" /><path d="M8.5 14.5a5 5 0 0 1 5.5-1M5 11a10 10 0 0 1 4-2.3M12.5 8a10 10 0 0 1 6.5 3M12 18.45v.05" />`,
  info: svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 11v5.25M12 7.75v.05" />`,
  settings: svg`<path d="M4 7h9M17 7h3M4 17h3M11 17h9" /><circle cx="15" cy="7" r="2" /><circle cx="9" cy="17" r="2" />`,
  chat: svg`<path d="M20 11.5a7.5 7.5 0 0 1-7.5 7.5c-1.3 0-2.5-.3-3.5-.8L4 19.5l1.3-4.6A7.5 7.5 0 1 1 20 11.5z" />`,
  clip: svg`<path d="M19.5 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5L13.2 4.8a3.1 3.1 0 0 1 4.4 4.4l-7.7 7.7a1.6 1.6 0 0 1-2.2-2.2l7-7" />`,
  file: svg`<path d="M13.5 3.5H7.5a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h9a2 2 0 0 0 2-2V8.5z" /><path d="M13.5 3.5v5h5" />`,
  folder: svg`<path d="M3.5 17.5v-10a2 2 0 0 1 2-2h3.6l2.2 2.5h7.2a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z" />`,
  'folder-plus': svg`<path d="M3.5 17.5v-10a2 2 0 0 1 2-2h3.6l2.2 2.5h7.2a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z" /><path d="M12 11v5.5M9.25 13.75h5.5" />`,
  'folder-move': svg`<path d="M3.5 17.5v-10a2 2 0 0 1 2-2h3.6l2.2 2.5h7.2a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z" /><path d="M8.5 13.75h6.5M12.5 11l2.75 2.75-2.75 2.75" />`,
  download: svg`<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5" /><path d="M5 19.5h14" />`,
  pause: svg`<path d="M9 6v12M15 6v12" />`,
  play: svg`<path d="M8 5.5v13l10.5-6.5z" />`,
  edit: svg`<path d="M5 19l1-4L15.5 5.5l3 3L9 18z" />`,
  lock: svg`<rect x="5" y="10.5" width="14" height="9.5" rx="2.5" /><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" />`,
  phone: svg`<path d="M6 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4 5.7a2 2 0 0 1 2-2.2z" />`,
  'hang-up': svg`<path d="M2.5 13.5c5-5.3 14-5.3 19 0l-2.3 2.9-4-1.6v-2.6c-2-.7-4.4-.7-6.4 0v2.6l-4 1.6z" />`,
  mic: svg`<rect x="9" y="3" width="6" height="11" rx="3" /><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />`,
  'mic-off': svg`<path d="M4 4l16 16M9 9v2a3 3 0 0 0 4.5 2.6M15 11V6a3 3 0 0 0-5.6-1.5M5.5 11.5a6.5 6.5 0 0 0 10.4 5.2M18.5 11.5a6.4 6.4 0 0 1-.6 2.7M12 18v3" />`,
  camera: svg`<rect x="2.5" y="6" width="13" height="12" rx="2.5" /><path d="M15.5 10.5l6-3.5v10l-6-3.5" />`,
  'camera-off': svg`<path d="M4 4l16 16M10 6h3a2.5 2.5 0 0 1 2.5 2.5v2l6-3.5v10l-3-1.8M15 17.5a2.5 2.5 0 0 1-2 .5H5a2.5 2.5 0 0 1-2.5-2.5v-7A2.5 2.5 0 0 1 5 6" />`,
  screen: svg`<rect x="3" y="4.5" width="18" height="12" rx="2" /><path d="M8.5 20h7M12 13V8M9.5 10L12 7.5 14.5 10" />`,
  hand: svg`<path d="M7.5 12V6.5a1.5 1.5 0 0 1 3 0V11m0-1V4.5a1.5 1.5 0 0 1 3 0V11m0-1V5.5a1.5 1.5 0 0 1 3 0V14c0 4-2 6.5-5.5 6.5-3 0-4.2-1.3-5.6-3.9L4 13.4a1.5 1.5 0 0 1 2.5-1.6l1 1.2" />`,
  smile: svg`<circle cx="12" cy="12" r="8.5" /><path d="M8.5 14c1 1.6 2.2 2.3 3.5 2.3s2.5-.7 3.5-2.3M9 9.5v.05M15 9.5v.05" />`,
  grid: svg`<rect x="4" y="4" width="7" height="7" rx="1.5" /><rect x="13" y="4" width="7" height="7" rx="1.5" /><rect x="4" y="13" width="7" height="7" rx="1.5" /><rect x="13" y="13" width="7" height="7" rx="1.5" />`,
  list: svg`<path d="M8.5 6.5h11M8.5 12h11M8.5 17.5h11M4.5 6.5v.05M4.5 12v.05M4.5 17.5v.05" />`,
  pip: svg`<rect x="3" y="5" width="18" height="14" rx="2" /><rect x="12" y="11.5" width="6.5" height="5" rx="1" />`,
  expand: svg`<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />`,
  key: svg`<circle cx="8" cy="15.5" r="4" /><path d="M11 12.5L19.5 4M16 7.5l2.5 2.5" />`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof SHAPES;

/** Sizes in px; 20 is the size of controls, 16 that of text. */
export function icon(name: IconName, size: 14 | 16 | 20 | 24 | 32 = 20): TemplateResult {
  return html`<svg
    viewBox="0 0 24 24"
    width=${size}
    height=${size}
    fill="none"
    stroke="currentColor"
    stroke-width=${size > 24 ? 1.5 : 1.75}
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    ${SHAPES[name]}
  </svg>`;
}
