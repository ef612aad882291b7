/**
 * MLS messages of a hostile member: made with its own leaf and the group's true keys, wrong in one place inside.
 * Follows ts-mls's `protect` step by step, so that each part can be changed before it is sealed.
 */
import { encodeMlsMessage } from 'ts-mls';
import type { CiphersuiteImpl, ClientState, PrivateMessage } from 'ts-mls';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { signFramedContentApplicationOrProposal } from 'ts-mls/framedContent.js';
import { encodePrivateMessageContent, privateContentAADEncoder } from 'ts-mls/privateMessage.js';
import { consumeRatchet } from 'ts-mls/secretTree.js';
import {
  expandSenderDataKey,
  expandSenderDataNonce,
  senderDataAADEncoder,
  senderDataEncoder,
} from 'ts-mls/sender.js';
import { concat } from '../../bytes/concat.ts';
import { isAllZero } from '../../bytes/equal.ts';
import { loadMlsSuite } from '../../mls/suite.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import type { Donors, Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';

type ContentType = 'application' | 'proposal' | 'commit';

/** One message before it is sealed; everything in it may be wrong. */
interface Draft {
  readonly plaintext: Uint8Array;
  contentType: ContentType;
  groupId: Uint8Array;
  epoch: bigint;
  authenticatedData: Uint8Array;
  /** The leaf that signs, and whose ratchet gives the key. */
  leafIndex: number;
  /** What sender data says. */
  claimedLeafIndex: number;
  generationOffset: number;
  changeContent(bytes: Uint8Array): Uint8Array;
  changeSenderData(bytes: Uint8Array): Uint8Array;
  changeSignature(bytes: Uint8Array): Uint8Array;
  changeMessage(message: PrivateMessage): PrivateMessage;
}

type Forgery = (random: FuzzRandom, draft: Draft, donors: Donors) => void;

const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The forger's positive control: a message with nothing wrong. */
export const NOTHING_CHANGED = 'nothing changed';

const FORGERIES: Readonly<Record<string, Forgery>> = {
  'content mutated': (random, draft, donors) => {
    draft.changeContent = bytes => mutateContent(random, bytes, donors);
  },
  'content padded with zeros': (random, draft) => {
    draft.changeContent = bytes => concat(bytes, new Uint8Array(1 + random.int(64)));
  },
  'content with a longer length field': (_random, draft) => {
    draft.changeContent = widenLength;
  },
  'sender data mutated': (random, draft) => {
    draft.changeSenderData = bytes => mutateBytes(random, bytes).bytes;
  },
  'sender data extended': (random, draft) => {
    draft.changeSenderData = bytes => concat(bytes, random.bytes(1 + random.int(8)));
  },
  'another leaf claimed': (random, draft) => {
    draft.claimedLeafIndex = random.pick([
      1 - draft.leafIndex,
      2,
      3,
      0x8000_0000 + draft.leafIndex,
      0xffff_ffff,
    ]);
  },
  'the receiver’s own ratchet': (_random, draft) => {
    draft.leafIndex = 1 - draft.leafIndex;
    draft.claimedLeafIndex = draft.leafIndex;
  },
  'generation moved': (random, draft) => {
    draft.generationOffset = random.pick([1, 2, -1, 255, 256, 1_000, 1_001, 0x7fff_ffff]);
  },
  'associated data added': (random, draft) => {
    draft.authenticatedData = random.bytes(1 + random.int(40));
  },
  'another group id': (random, draft) => {
    draft.groupId = mutateBytes(random, draft.groupId).bytes;
  },
  'another epoch': (random, draft) => {
    draft.epoch += random.pick([1n, -1n, 2n ** 32n, 2n ** 63n]);
  },
  'a proposal': (_random, draft) => {
    draft.contentType = 'proposal';
  },
  'content type changed': (random, draft) => {
    const contentType = random.pick(['proposal', 'commit'] as const);
    draft.changeMessage = message => ({ ...message, contentType });
  },
  'signature mutated': (random, draft) => {
    draft.changeSignature = bytes => mutateBytes(random, bytes).bytes;
  },
  'signature plus the group order': (_random, draft) => {
    draft.changeSignature = addOrder;
  },
  'message fields mutated': (random, draft) => {
    const field = random.pick(['groupId', 'authenticatedData', 'encryptedSenderData', 'ciphertext'] as const);
    draft.changeMessage = message => ({ ...message, [field]: mutateBytes(random, message[field]).bytes });
  },
};

/** Never what zeros behind the content make of it: that is padding, which has its own forgery. */
function mutateContent(random: FuzzRandom, bytes: Uint8Array, donors: Donors): Uint8Array {
  for (;;) {
    const mutated = mutateBytes(random, bytes, donors).bytes;
    const isPadded =
      sameBytes(mutated.subarray(0, bytes.length), bytes) && isAllZero(mutated.subarray(bytes.length));
    if (!isPadded) return mutated;
  }
}

/** What is wrong with a forged message. */
export const MLS_FORGERIES: readonly string[] = Object.keys(FORGERIES);

/** A forged MLS message of `client`'s owner over `plaintext`, by one of `mutations`. */
export async function forgeMlsMessage(
  random: FuzzRandom,
  client: ClientState,
  plaintext: Uint8Array,
  donors: Donors,
  mutations: readonly string[] = MLS_FORGERIES,
): Promise<Mutated> {
  const mutation = random.pick(mutations);
  const { groupContext } = client;
  const { leafIndex } = client.privatePath;
  const same = (bytes: Uint8Array): Uint8Array => bytes;
  const draft: Draft = {
    plaintext,
    contentType: 'application',
    groupId: groupContext.groupId,
    epoch: groupContext.epoch,
    authenticatedData: new Uint8Array(0),
    leafIndex,
    claimedLeafIndex: leafIndex,
    generationOffset: 0,
    changeContent: same,
    changeSenderData: same,
    changeSignature: same,
    changeMessage: message => message,
  };
  if (mutation !== NOTHING_CHANGED) (FORGERIES[mutation] as Forgery)(random, draft, donors);
  const privateMessage = await protectDraft(client, draft, await loadMlsSuite());
  const wireformat = 'mls_private_message';
  return { mutation, bytes: encodeMlsMessage({ version: 'mls10', wireformat, privateMessage }) };
}

async function protectDraft(
  client: ClientState,
  draft: Draft,
  suite: CiphersuiteImpl,
): Promise<PrivateMessage> {
  const { keySchedule, secretTree } = client;
  const { contentType, groupId, epoch, authenticatedData } = draft;
  const content = await signDraft(client, draft, suite);
  const ratchet = await consumeRatchet(secretTree, draft.leafIndex * 2, contentType, suite);
  const aad = encode(privateContentAADEncoder)({ groupId, epoch, contentType, authenticatedData });
  const ciphertext = await suite.hpke.encryptAead(
    ratchet.key,
    ratchet.nonce,
    aad,
    draft.changeContent(content),
  );
  const senderData = encode(senderDataEncoder)({
    leafIndex: draft.claimedLeafIndex,
    generation: (ratchet.generation + draft.generationOffset) >>> 0,
    reuseGuard: ratchet.reuseGuard,
  });
  const encryptedSenderData = await suite.hpke.encryptAead(
    await expandSenderDataKey(suite, keySchedule.senderDataSecret, ciphertext),
    await expandSenderDataNonce(suite, keySchedule.senderDataSecret, ciphertext),
    encode(senderDataAADEncoder)({ groupId, epoch, contentType }),
    draft.changeSenderData(senderData),
  );
  const message = { groupId, epoch, contentType, authenticatedData, encryptedSenderData, ciphertext };
  return draft.changeMessage(message);
}

async function signDraft(client: ClientState, draft: Draft, suite: CiphersuiteImpl): Promise<Uint8Array> {
  const { groupContext, signaturePrivateKey } = client;
  const { groupId, epoch, authenticatedData, leafIndex } = draft;
  const sender = { senderType: 'member', leafIndex } as const;
  const body =
    draft.contentType === 'proposal'
      ? {
          contentType: 'proposal' as const,
          proposal: { proposalType: 'remove' as const, remove: { removed: 0 } },
        }
      : { contentType: 'application' as const, applicationData: draft.plaintext };
  const content = { ...body, groupId, epoch, sender, authenticatedData };
  const tbs = {
    protocolVersion: groupContext.version,
    wireformat: 'mls_private_message' as const,
    content,
    senderType: 'member' as const,
    context: groupContext,
  };
  const auth = await signFramedContentApplicationOrProposal(signaturePrivateKey, tbs, suite);
  const signed = { ...content, auth: { ...auth, signature: draft.changeSignature(auth.signature) } };
  return encodePrivateMessageContent({ kind: 'alwaysPad', paddingLength: 0 })(signed as never);
}

/** The first length field in the next wider form: the same value, another text. */
export function widenLength(bytes: Uint8Array): Uint8Array {
  const first = bytes[0] ?? 0;
  if (first < 0x40) return concat(Uint8Array.of(0x40, first), bytes.subarray(1));
  if (first < 0x80) return concat(Uint8Array.of(0x80, 0, first & 0x3f), bytes.subarray(1));
  return bytes.map((byte, i) => (i === 0 ? 0xc0 : byte));
}

/** S + L: the same signature for a verifier that does not reduce (RFC 8032 §5.1.7 forbids it). */
export function addOrder(signature: Uint8Array): Uint8Array {
  const sum = signature
    .slice(32)
    .reduceRight((value, byte) => (value << 8n) | BigInt(byte), ED25519_ORDER * 0n);
  let rest = sum + ED25519_ORDER;
  const changed = signature.slice();
  for (let i = 32; i < 64; i++, rest >>= 8n) changed[i] = Number(rest & 0xffn);
  return changed;
}
