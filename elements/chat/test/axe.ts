/** axe-core over an element and everything in it, through shadow roots. */
import 'axe-core/axe.min.js';

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

declare global {
  interface Window {
    axe: { run(context: Element, options?: object): Promise<AxeResults> };
  }
}

const RULES = {
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  // Rules about a whole page; an element is not one.
  rules: {
    region: { enabled: false },
    'page-has-heading-one': { enabled: false },
    'landmark-one-main': { enabled: false },
  },
};

/** One line per violation; empty when axe finds nothing. */
export async function violations(element: Element): Promise<readonly string[]> {
  await untilStill(document);
  const results = await window.axe.run(element, RULES);
  return results.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(node => `${node.target.flat().join(' ')} ${node.failureSummary}`).join(' | ')}`,
  );
}

/** What is fading in has no contrast yet; what moves for ever is not waited for. */
async function untilStill(root: Document | ShadowRoot): Promise<void> {
  const ending = root
    .getAnimations()
    .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map(({ finished }) => finished));
  for (const { shadowRoot } of root.querySelectorAll('*')) if (shadowRoot) await untilStill(shadowRoot);
}
