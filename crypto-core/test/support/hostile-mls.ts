/**
 * What a member with valid keys could send: a Welcome changed inside and sealed again, and messages that
 * the library makes but our own functions never would.
 */
import { createCommit, createProposal, encodeMlsMessage } from 'ts-mls';
import type { CiphersuiteImpl, ClientState, Commit, GroupInfo, Proposal } from 'ts-mls';
import { createContentCommitSignature } from 'ts-mls/framedContent.js';
import { signGroupInfo } from 'ts-mls/groupInfo.js';
import type { GroupSecrets } from 'ts-mls/groupSecrets.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { protect } from 'ts-mls/messageProtection.js';
import {
  decryptGroupInfo,
  decryptGroupSecrets,
  encryptGroupInfo,
  encryptGroupSecrets,
} from 'ts-mls/welcome.js';
import { extractWelcomeSecret } from 'ts-mls/groupInfo.js';
import { concat } from '../../bytes/concat.ts';
import { decodeWelcome } from '../../mls/decode.ts';
import type { OwnKeyPackage } from '../../mls/key-package.ts';
import { loadMlsSuite } from '../../mls/suite.ts';

/** A Welcome for `keyPackage` with GroupInfo and secrets changed, signed and sealed anew. */
export async function rewriteWelcome(input: {
  readonly welcome: Uint8Array;
  readonly keyPackage: OwnKeyPackage;
  readonly signatureKey: Uint8Array;
  readonly changeInfo?: (info: GroupInfo) => GroupInfo;
  readonly changeSecrets?: (secrets: GroupSecrets) => GroupSecrets;
  readonly copies?: number;
  /** Put behind what is encrypted. */
  readonly behindInfo?: Uint8Array;
  readonly behindSecrets?: Uint8Array;
}): Promise<Uint8Array> {
  const suite = await loadMlsSuite();
  const { publicPackage, privatePackage } = input.keyPackage;
  const welcome = decodeWelcome(input.welcome, 1_048_576);
  const ref = await makeKeyPackageRef(publicPackage, suite.hash);
  const initKey = await suite.hpke.importPrivateKey(privatePackage.initPrivateKey);
  const secrets = await decryptGroupSecrets(initKey, ref, welcome, suite.hpke);
  if (secrets === undefined) throw new Error('no secrets');
  const noPsk = new Uint8Array(64);
  const info = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite);
  if (info === undefined) throw new Error('no GroupInfo');
  const changed = input.changeInfo?.(info) ?? info;
  const signed = await signGroupInfo(changed, input.signatureKey, suite.signature);
  const welcomeSecret = await extractWelcomeSecret(secrets.joinerSecret, noPsk, suite.kdf);
  const encryptedGroupInfo = await encryptGroupInfo(signed, welcomeSecret, longer(suite, input.behindInfo));
  const publicKey = await suite.hpke.importPublicKey(publicPackage.initKey);
  const resealed = await encryptGroupSecrets(
    publicKey,
    encryptedGroupInfo,
    input.changeSecrets?.(secrets) ?? secrets,
    longer(suite, input.behindSecrets).hpke,
  );
  const secret = {
    newMember: ref,
    encryptedGroupSecrets: { kemOutput: resealed.enc, ciphertext: resealed.ct },
  };
  return encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_welcome',
    welcome: {
      cipherSuite: welcome.cipherSuite,
      secrets: Array.from({ length: input.copies ?? 1 }, () => secret),
      encryptedGroupInfo,
    },
  });
}

/** A suite that encrypts `more` behind each plaintext. */
function longer(suite: CiphersuiteImpl, more: Uint8Array = new Uint8Array(0)): CiphersuiteImpl {
  const { hpke } = suite;
  const changed: typeof hpke = {
    ...hpke,
    encryptAead: (key, nonce, aad, plaintext) => hpke.encryptAead(key, nonce, aad, concat(plaintext, more)),
    seal: (key, plaintext, info, aad) => hpke.seal(key, concat(plaintext, more), info, aad),
  };
  return { ...suite, hpke: changed };
}

/** The library's own state with a configuration that accepts everything. */
export function lax(client: ClientState): ClientState {
  const { clientConfig } = client;
  return {
    ...client,
    clientConfig: { ...clientConfig, authService: { validateCredential: async () => true } },
  };
}

/** A Commit by the bare library, with whatever Proposals. */
export async function bareCommit(
  client: ClientState,
  extraProposals: Proposal[],
  options: { readonly wireAsPublicMessage?: boolean; readonly authenticatedData?: Uint8Array } = {},
): Promise<Awaited<ReturnType<typeof createCommit>> & { readonly bytes: Uint8Array }> {
  const made = await createCommit(
    { state: lax(client), cipherSuite: await loadMlsSuite() },
    { extraProposals, ratchetTreeExtension: true, ...options },
  );
  return { ...made, bytes: encodeMlsMessage(made.commit) };
}

/** A Proposal by the bare library. */
export async function bareProposal(client: ClientState, proposal: Proposal): Promise<Uint8Array> {
  const { message } = await createProposal(lax(client), false, proposal, await loadMlsSuite());
  return encodeMlsMessage(message);
}

/**
 * A Commit whose path begins with a parent of this key, consistent in everything else: made by the bare
 * library on a suite that gives out this key where it derives the first one.
 */
export async function commitWithPathKey(client: ClientState, hpkePublicKey: Uint8Array): Promise<Uint8Array> {
  const suite = await loadMlsSuite();
  const { hpke } = suite;
  let exported = 0;
  const lying = {
    ...suite,
    hpke: {
      ...hpke,
      exportPublicKey: async (key: Parameters<typeof hpke.exportPublicKey>[0]) =>
        ++exported === 1 ? hpkePublicKey : hpke.exportPublicKey(key),
    },
  };
  const made = await createCommit({ state: lax(client), cipherSuite: lying }, {});
  return encodeMlsMessage(made.commit);
}

/** Any Commit, signed and encrypted as its sender would, with a confirmation tag of zeros. */
export async function craftCommit(client: ClientState, commit: Commit): Promise<Uint8Array> {
  const suite = await loadMlsSuite();
  const { groupContext, keySchedule, secretTree, signaturePrivateKey, clientConfig } = client;
  const { leafIndex } = client.privatePath;
  const none = new Uint8Array(0);
  const { framedContent, signature } = await createContentCommitSignature(
    groupContext,
    'mls_private_message',
    commit,
    { senderType: 'member', leafIndex },
    none,
    signaturePrivateKey,
    suite.signature,
  );
  const auth = { contentType: 'commit', signature, confirmationTag: new Uint8Array(64) } as const;
  const { privateMessage } = await protect(
    keySchedule.senderDataSecret,
    none,
    groupContext,
    secretTree,
    { ...framedContent, auth },
    leafIndex,
    clientConfig.paddingConfig,
    suite,
  );
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
}
