/**
 * The look of the product as values. A page sets public tokens (`--enk-color-accent`) on any ancestor; elements use
 * only the resolved private ones (`--_accent`). Colours follow `color-scheme`, which `<enk-provider theme>` and
 * `<enk-chat theme>` set. Pairs that carry text keep 4.5:1, in light and dark.
 *
 * Public tokens: `--enk-color-background`, `-surface`, `-raised`, `-hover`, `-border`, `-text`, `-text-muted`,
 * `-accent`, `-on-accent`, `-link`, `-danger`, `-warning`, `-success` (each as `--enk-color-…`), `--enk-font`,
 * `--enk-font-mono`, `--enk-font-size`, `--enk-radius`, `--enk-motion`.
 */
import { css } from 'lit';

export const tokens = css`
  :host {
    /* surfaces, from back to front */
    --_background: var(--enk-color-background, light-dark(#ffffff, #121316));
    --_surface: var(--enk-color-surface, light-dark(#f7f7f8, #17181c));
    --_raised: var(--enk-color-raised, light-dark(#ffffff, #1e2025));
    --_hover: var(--enk-color-hover, light-dark(#ededf0, #23252b));
    --_bubble: light-dark(#eeeef1, #25272e);
    --_border: var(--enk-color-border, light-dark(#e3e4e8, #2a2c33));
    --_control-border: light-dark(#8b8f9a, #6c717d);

    /* text */
    --_text: var(--enk-color-text, light-dark(#17181c, #ececf0));
    --_text-muted: var(--enk-color-text-muted, light-dark(#5d616c, #a2a6b1));

    /* the one accent */
    --_accent: var(--enk-color-accent, light-dark(#2d55d3, #3c62dc));
    --_accent-hover: color-mix(in oklab, var(--_accent), light-dark(black, white) 10%);
    --_on-accent: var(--enk-color-on-accent, #ffffff);
    --_on-accent-muted: color-mix(in srgb, var(--_on-accent) 93%, var(--_accent));
    --_link: var(--enk-color-link, light-dark(#2449bb, #a9bdff));
    --_selected: light-dark(
      color-mix(in srgb, var(--_accent) 10%, var(--_surface)),
      color-mix(in srgb, var(--_accent) 18%, var(--_surface))
    );

    /* states; always beside words */
    --_danger: var(--enk-color-danger, light-dark(#b3261e, #ff9a91));
    --_danger-surface: light-dark(#fdeceb, #3a1f1e);
    --_warning: var(--enk-color-warning, light-dark(#7a4d00, #f5c36b));
    --_warning-surface: light-dark(#fdf3df, #352a16);
    --_success: var(--enk-color-success, light-dark(#1f7a45, #5ec98a));

    /* type */
    --_font: var(--enk-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif);
    --_mono: var(--enk-font-mono, ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace);
    --_size: var(--enk-font-size, 0.9375rem);
    --_size-small: calc(var(--_size) * 0.8667);
    --_size-tiny: calc(var(--_size) * 0.8);
    --_size-title: calc(var(--_size) * 1.1334);

    /* shape and motion */
    --_radius: var(--enk-radius, 10px);
    --_radius-large: calc(var(--_radius) * 1.6);
    --_motion: var(--enk-motion, 150ms);
    --_shadow:
      0 1px 2px light-dark(rgb(0 0 0 / 8%), rgb(0 0 0 / 40%)),
      0 8px 28px light-dark(rgb(0 0 0 / 14%), rgb(0 0 0 / 55%));
  }

  @media (prefers-reduced-motion: reduce) {
    :host {
      --_motion: 0ms;
    }
  }
`;
