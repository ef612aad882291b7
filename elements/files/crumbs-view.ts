/** The way from the top to where one is; what is dragged can be dropped on each part of it. */
import { strings } from '@enk/internal';
import { html, nothing, type TemplateResult } from 'lit';
import type { Crumb, Place } from './vault-place.ts';

export interface CrumbActions {
  go(place: Place): void;
  over(event: DragEvent, place: Place): void;
  drop(event: DragEvent, place: Place): void;
}

/** Nothing at the top. */
export function crumbsView(path: readonly Crumb[], actions: CrumbActions): TemplateResult | typeof nothing {
  if (path.length === 1) return nothing;
  return html`<nav aria-label=${strings().files.place} data-testid="files-crumbs">
    <ol class="crumbs">
      ${path.map(
        ({ name, place }, index) =>
          html`<li>
            <button
              class="button quiet"
              type="button"
              aria-current=${index === path.length - 1 ? 'location' : nothing}
              data-testid="files-crumb"
              @click=${() => actions.go(place)}
              @dragover=${(event: DragEvent) => actions.over(event, place)}
              @drop=${(event: DragEvent) => actions.drop(event, place)}
            >
              <bdi>${name}</bdi>
            </button>
          </li>`,
      )}
    </ol>
  </nav>`;
}
