/** What one side says of the release that it runs. */

/** A signed release, as who runs it names it: a claim, that its hash can be compared with what is known. */
export interface ReleaseClaim {
  /** Semantic version, at most 64 characters. */
  readonly version: string;
  readonly seq: number;
  /** `sha384-…` of its release.json. */
  readonly hash: string;
}

export type ReleaseAnswer =
  | { readonly kind: 'release'; readonly release: ReleaseClaim }
  /** What runs there is signed by nobody: a development build, or a page of somebody else. */
  | { readonly kind: 'unsigned' }
  /** It is from before this could be asked. */
  | { readonly kind: 'unsupported' };
