/** Signed releases for tests: made from the built one, with keys of their own. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReleaseRoot } from '@enk/release-manifest';
import { emitHashed, integrityOf } from '../../../tools/build/emit.ts';
import { readRelease, toJson } from '../../../tools/build/write-release.ts';
import { makeManifest, MANIFEST, SIGNATURES } from '../../../tools/release/make-manifest.ts';
import {
  generateSecretKey,
  publicKeyOf,
  signMessage,
  type SecretKey,
} from '../../../tools/release/secret-key.ts';
import { root as repository } from '../../../vite.config.ts';

export interface Signers {
  readonly keys: readonly SecretKey[];
  readonly root: ReleaseRoot;
}

/** Three keys, two of which must agree. */
export function makeSigners(...names: readonly [string, string, string]): Signers {
  const keys = names.map(() => generateSecretKey());
  const listed = names.map((name, i) => ({ name, publicKey: publicKeyOf(keys[i] as SecretKey) }));
  return { keys, root: { keys: listed, threshold: 2 } };
}

export interface SignedRelease {
  readonly folder: string;
  readonly seq: number;
  readonly hash: string;
  /** Path of its service worker. */
  readonly workerPath: string;
}

export interface ReleaseWish {
  readonly version: string;
  readonly root: ReleaseRoot;
  readonly signWith: readonly SecretKey[];
  readonly previous?: Pick<SignedRelease, 'seq' | 'hash'> | null;
  readonly expires?: string;
  readonly changes?: readonly string[];
  /** Also gives it a service worker of its own. */
  readonly hasOwnWorker?: boolean;
}

export class SignedReleases {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'enk-signed-'));
  #made = 0;

  /** A copy of dist/ whose first page says its version, signed. */
  make(wish: ReleaseWish): SignedRelease {
    const folder = join(this.#scratch, `${(this.#made += 1)}`);
    cpSync(join(repository, 'dist'), folder, { recursive: true });
    for (const name of [MANIFEST, SIGNATURES]) rmSync(join(folder, name), { force: true });
    if (wish.hasOwnWorker === true) replaceWorker(folder, wish.version);
    writePage(folder, wish.version);
    const previous = wish.previous ?? null;
    const { version, root, expires = '2099-01-01T00:00:00Z', changes = [`Version ${wish.version}`] } = wish;
    const manifest = makeManifest(folder, { version, changes, expires, root, previous });
    writeFileSync(join(folder, MANIFEST), manifest);
    const signatures = wish.signWith.map(key => signMessage(key, manifest, version)).join('');
    writeFileSync(join(folder, SIGNATURES), signatures);
    const { serviceWorker } = readRelease(folder).page;
    return {
      folder,
      seq: (previous?.seq ?? 0) + 1,
      hash: integrityOf(Buffer.from(manifest)),
      workerPath: serviceWorker,
    };
  }

  /** A folder as `--history` takes it. */
  history(...releases: readonly SignedRelease[]): string {
    const folder = join(this.#scratch, 'history');
    mkdirSync(folder, { recursive: true });
    for (const { folder: from, seq } of releases) {
      cpSync(join(from, MANIFEST), join(folder, `${seq}.json`));
      cpSync(join(from, SIGNATURES), join(folder, `${seq}.json.minisig`));
    }
    return folder;
  }

  remove(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

function relist(folder: string, change: (integrity: Record<string, string>) => void): void {
  const integrity = { ...readRelease(folder).integrity };
  change(integrity);
  writeFileSync(join(folder, 'integrity.json'), toJson(integrity));
}

/** The page's description says the version, so that a test sees which page it got. */
function writePage(folder: string, version: string): void {
  const file = join(folder, 'index.html');
  const text = readFileSync(file, 'utf8').replace(
    'Private conversations',
    `${version}: private conversations`,
  );
  writeFileSync(file, text);
  relist(folder, integrity => void (integrity['./index.html'] = integrityOf(text)));
}

function replaceWorker(folder: string, version: string): void {
  const index = readRelease(folder);
  const old = index.page.serviceWorker;
  const code = `${readFileSync(join(folder, old), 'utf8')}// ${version}\n`;
  const { path, bytes, integrity: hash } = emitHashed('service-worker', 'js', code, '');
  renameSync(join(folder, old), join(folder, path));
  writeFileSync(join(folder, path), bytes);
  relist(folder, integrity => {
    delete integrity[`./${old}`];
    integrity[`./${path}`] = hash;
  });
  writeFileSync(join(folder, 'page.json'), toJson({ ...index.page, serviceWorker: path }));
}
