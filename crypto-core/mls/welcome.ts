/**
 * A look into a Welcome before the library joins by it (RFC 9420 §12.4.3.1).
 *
 * `joinGroup` of ts-mls walks the tree of whoever made the Welcome before anything of it is checked,
 * and reports neither signer nor extensions. So secrets and GroupInfo are opened here first; what they
 * hold is still only as good as its maker until `joinGroup` has verified it.
 */
import type { GroupInfo, Welcome } from 'ts-mls';
import { encodeGroupInfo } from 'ts-mls/groupInfo.js';
import { encodeGroupSecrets } from 'ts-mls/groupSecrets.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';
import { constantTimeEqual, isAllZero } from '../bytes/equal.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { GCM_TAG_BYTES } from '../primitives/aes-gcm.ts';
import type { OwnKeyPackage } from './key-package.ts';
import { loadMlsSuite, MLS_SUITE } from './suite.ts';

/**
 * The GroupInfo inside. Throws, with whatever the library throws, unless the Welcome is of our suite and
 * holds exactly one secret for exactly this key package, without PSK and path secret (Commits that add have no
 * path). Refuses a key package whose
 * init key was wiped: it was used.
 */
export async function openWelcome(welcome: Welcome, keyPackage: OwnKeyPackage): Promise<GroupInfo> {
  const suite = await loadMlsSuite();
  const { publicPackage, privatePackage } = keyPackage;
  if (welcome.cipherSuite !== MLS_SUITE || isAllZero(privatePackage.initPrivateKey)) return fail();
  const ref = await makeKeyPackageRef(publicPackage, suite.hash);
  const [own, ...more] = welcome.secrets.filter(({ newMember }) => constantTimeEqual(newMember, ref));
  if (own === undefined || more.length > 0) return fail();
  const initKey = await suite.hpke.importPrivateKey(privatePackage.initPrivateKey);
  const secrets = await decryptGroupSecrets(initKey, ref, welcome, suite.hpke);
  if (secrets === undefined || secrets.psks.length !== 0 || secrets.pathSecret !== undefined) return fail();
  // HMAC fills a short key with zeros, so zeros behind the secret would make no difference.
  if (secrets.joinerSecret.length !== suite.kdf.size) return fail();
  const noPsk = new Uint8Array(suite.kdf.size);
  const info = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite);
  wipe(secrets.joinerSecret);
  if (info === undefined) return fail();
  // The library takes bytes behind what it decoded.
  const isWhole =
    isSealed(own.encryptedGroupSecrets.ciphertext, encodeGroupSecrets(secrets)) &&
    isSealed(welcome.encryptedGroupInfo, encodeGroupInfo(info));
  return isWhole ? info : fail();
}

/** By lengths: whether `ciphertext` holds this encoding and nothing behind it. */
function isSealed(ciphertext: Uint8Array, { length }: Uint8Array): boolean {
  return ciphertext.length === length + GCM_TAG_BYTES;
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
