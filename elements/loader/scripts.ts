/** Adds classic scripts with SRI to the page, through Trusted Types where the page requires them. */

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
}

/** A policy of this name that admits exactly this URL. A page lists each name once, so each is made once. */
function trusted(url: string, policyName: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  if (!trustedTypes) return url;
  const policy = trustedTypes.createPolicy(policyName, {
    createScriptURL(asked) {
      if (asked === url) return asked;
      throw new TypeError('unexpected script');
    },
  });
  return policy.createScriptURL(url);
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
    Object.assign(script, { integrity, crossOrigin: 'anonymous', nonce: nonce ?? '' });
    Object.assign(script.dataset, dataset);
    script.addEventListener('load', () => resolve());
    script.addEventListener('error', () => reject(new Error('A script could not be loaded unaltered.')));
    script.src = trusted(url, policy);
    document.head.append(script);
  });
}
