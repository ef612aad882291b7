/** Adds classic scripts with SRI, and an import map, to the page, through Trusted Types where the page requires them. */

type Rule = 'createScriptURL' | 'createScript';
type Policy = Record<Rule, (value: string) => string>;

interface PolicyFactory {
  createPolicy(name: string, rules: Partial<Policy>): Policy;
}

/** A policy of this name that admits exactly this value. A page lists each name once, so each is made once. */
function trusted(value: string, name: string, rule: Rule): string {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  const check = (asked: string): string => {
    if (asked === value) return asked;
    throw new TypeError(name);
  };
  return trustedTypes ? trustedTypes.createPolicy(name, { [rule]: check })[rule](value) : value;
}

export interface ScriptOptions {
  readonly integrity: string;
  /** Trusted Types policy, made for this script alone. */
  readonly policy: string;
  readonly nonce?: string | undefined;
  readonly dataset?: DOMStringMap;
}

/** Runs a script whose bytes match `integrity`; rejects when they do not or it cannot be had. */
export function appendScript(
  url: string,
  { integrity, policy, nonce, dataset }: ScriptOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    Object.assign(script, { integrity, crossOrigin: '', nonce: nonce ?? '' });
    Object.assign(script.dataset, dataset);
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(policy)); // absent, or not unaltered
    script.src = trusted(url, policy, 'createScriptURL');
    document.head.append(script);
  });
}

/** Adds an import map; what the browser makes of it is for the probe to find out. */
export function appendImportMap(text: string, nonce: string | undefined): void {
  const script = document.createElement('script');
  Object.assign(script, { type: 'importmap', nonce: nonce ?? '' });
  script.textContent = trusted(text, 'enk-loader', 'createScript');
  document.head.append(script);
}

/** Adds the running script again, with its attributes; `data-added` marks the second one. */
export function addAgain({ src, integrity, nonce, dataset }: HTMLScriptElement): Promise<void> {
  return appendScript(src, { integrity, policy: 'enk-boot', nonce, dataset: { ...dataset, added: '' } });
}
