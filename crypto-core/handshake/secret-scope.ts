/** Secrets that live no longer than one handshake, however it ends; and the session, if it fails. */
import { wipe } from '../bytes/wipe.ts';

/** Something that wipes itself on `close`. */
export interface Closeable {
  close(): void;
}

/** Collects secrets, to be wiped together in a `finally`. */
export class SecretScope {
  readonly #secrets: Uint8Array[] = [];
  readonly #guarded = new Set<Closeable>();

  /** Takes over a secret and returns it. */
  own<Secret extends Uint8Array>(secret: Secret): Secret {
    this.#secrets.push(secret);
    return secret;
  }

  /** Takes over every byte string among an object's values and returns the object. */
  ownAll<Secrets extends object>(secrets: Secrets): Secrets {
    for (const secret of Object.values(secrets)) if (secret instanceof Uint8Array) this.own(secret);
    return secrets;
  }

  /** Will close `resource` at the end unless it is released before. */
  guard<Resource extends Closeable>(resource: Resource): Resource {
    this.#guarded.add(resource);
    return resource;
  }

  /** Gives `resource` to the caller of the handshake. */
  release<Resource extends Closeable>(resource: Resource): Resource {
    this.#guarded.delete(resource);
    return resource;
  }

  /** Overwrites all secrets with zeros and closes what was not released. */
  end(): void {
    wipe(...this.#secrets);
    for (const resource of this.#guarded) resource.close();
  }
}
