/** Puts a preview on the page, over services that a test sets. */
import type { FileJudgement, PreviewItem } from '@enk/context';
import { TestServices } from '../../chat/test/service-set.ts';
import { EnkTestProvider, settle } from '../../chat/test/show-state.ts';
import { stateNamed } from '../../chat/test/states.ts';
import type { EnkPreview } from '../index.ts';

export const judgement = (part: Partial<FileJudgement> = {}): FileJudgement => ({
  name: 'file',
  claimedType: null,
  detectedType: null,
  warnings: [],
  isSafeImage: false,
  ...part,
});

export async function showPreview(
  items: readonly PreviewItem[],
  { looks, contents }: { looks: FileJudgement; contents: Blob },
  into: HTMLElement = document.body,
): Promise<{ element: EnkPreview; services: TestServices }> {
  const services = new TestServices(stateNamed('list').data);
  services.files.judgement = looks;
  services.files.image = contents;
  const provider = new EnkTestProvider();
  provider.provide(services);
  const element = document.createElement('enk-preview');
  element.items = items;
  element.addEventListener('enk-preview-close-request', () => element.remove());
  provider.append(element);
  into.replaceChildren(provider);
  await settle(element);
  return { element, services };
}

/** Asks again and again; what never comes ends with the test's own time. */
export async function until<T>(ask: () => T | null | undefined | false): Promise<T> {
  for (;;) {
    const found = ask();
    if (found !== null && found !== undefined && found !== false) return found;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
