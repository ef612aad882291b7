import { expect } from '@esm-bundle/chai';
import { decodeMlsMessage, defaultCapabilities, encodeMlsMessage } from 'ts-mls';
import type { CiphersuiteImpl, FramedContent } from 'ts-mls';
import { decodeCommit, encodeCommit } from 'ts-mls/commit.js';
import { createContentCommitSignature } from 'ts-mls/framedContent.js';
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js';
import type { GroupContext } from 'ts-mls/groupContext.js';
import { decodeGroupSecrets, encodeGroupSecrets } from 'ts-mls/groupSecrets.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import {
  protect,
  protectApplicationData,
  protectProposal,
  unprotectPrivateMessage,
} from 'ts-mls/messageProtection.js';
import {
  protectProposalPublic,
  protectPublicMessage,
  unprotectPublicMessage,
} from 'ts-mls/messageProtectionPublic.js';
import type { PrivateMessage } from 'ts-mls/privateMessage.js';
import {
  decodeAdd,
  decodeExternalInit,
  decodeGroupContextExtensions,
  decodeProposal,
  decodePSK,
  decodeReinit,
  decodeRemove,
  decodeUpdate,
  encodeAdd,
  encodeExternalInit,
  encodeGroupContextExtensions,
  encodeProposal,
  encodePSK,
  encodeReinit,
  encodeRemove,
  encodeUpdate,
} from 'ts-mls/proposal.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { describeVectors } from '../support/vectors.ts';
import { decodeAll, decodeSignatureKey, loadVectorSuite, suiteName } from './vector-suites.ts';

/** Decodes all of the bytes, encodes, and gives the hex of the result. */
function roundTrip<T>(
  decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined,
  encode: (value: T) => Uint8Array,
): (hex: string) => string {
  return hex => encodeHex(encode(decodeAll(decode, decodeHex(hex))));
}

const message = roundTrip(decodeMlsMessage, encodeMlsMessage);

const ROUND_TRIPS: Readonly<Record<string, (hex: string) => string>> = {
  mls_welcome: message,
  mls_group_info: message,
  mls_key_package: message,
  public_message_application: message,
  public_message_proposal: message,
  public_message_commit: message,
  private_message: message,
  ratchet_tree: roundTrip(decodeRatchetTree, encodeRatchetTree),
  group_secrets: roundTrip(decodeGroupSecrets, encodeGroupSecrets),
  add_proposal: roundTrip(decodeAdd, encodeAdd),
  update_proposal: roundTrip(decodeUpdate, encodeUpdate),
  remove_proposal: roundTrip(decodeRemove, encodeRemove),
  pre_shared_key_proposal: roundTrip(decodePSK, encodePSK),
  re_init_proposal: roundTrip(decodeReinit, encodeReinit),
  external_init_proposal: roundTrip(decodeExternalInit, encodeExternalInit),
  group_context_extensions_proposal: roundTrip(decodeGroupContextExtensions, encodeGroupContextExtensions),
  commit: roundTrip(decodeCommit, encodeCommit),
};

describeVectors<Record<string, string>[]>('mls/messages.json', vectors => {
  it('RFC 9420 §6: every structure decodes whole and encodes to the same bytes', async () => {
    await vectors.each(
      file => file,
      v => {
        expect(Object.keys(v).toSorted()).to.deep.equal(Object.keys(ROUND_TRIPS).toSorted());
        for (const [name, hex] of Object.entries(v)) expect(ROUND_TRIPS[name]?.(hex), name).to.equal(hex);
      },
    );
  });
});

interface WelcomeVector {
  readonly cipher_suite: number;
  readonly init_priv: string;
  readonly signer_pub: string;
  readonly key_package: string;
  readonly welcome: string;
}

describeVectors<WelcomeVector[]>('mls/welcome.json', vectors => {
  it('RFC 9420 §12.4.3.1: Welcomes open, their GroupInfo is signed and confirmed', async () => {
    await vectors.each(
      file => file,
      async v => {
        const suite = await loadVectorSuite(v.cipher_suite);
        const welcome = decodeAll(decodeMlsMessage, decodeHex(v.welcome));
        const keyPackage = decodeAll(decodeMlsMessage, decodeHex(v.key_package));
        if (welcome.wireformat !== 'mls_welcome' || keyPackage.wireformat !== 'mls_key_package') {
          throw new Error('other messages than expected');
        }
        const ref = await makeKeyPackageRef(keyPackage.keyPackage, suite.hash);
        const initKey = await suite.hpke.importPrivateKey(decodeHex(v.init_priv));
        const secrets = await decryptGroupSecrets(initKey, ref, welcome.welcome, suite.hpke);
        if (secrets === undefined) throw new Error('no group secrets');
        const noPsk = new Uint8Array(suite.kdf.size);
        const info = await decryptGroupInfo(welcome.welcome, secrets.joinerSecret, noPsk, suite);
        if (info === undefined) throw new Error('no GroupInfo');
        const signer = decodeHex(v.signer_pub);
        expect(await verifyGroupInfoSignature(info, signer, suite.signature)).to.equal(true);
        const { joinerSecret } = secrets;
        expect(await verifyGroupInfoConfirmationTag(info, joinerSecret, noPsk, suite)).to.equal(true);
      },
    );
  });
});

interface ProtectionVector {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly tree_hash: string;
  readonly confirmed_transcript_hash: string;
  readonly signature_priv: string;
  readonly signature_pub: string;
  readonly encryption_secret: string;
  readonly sender_data_secret: string;
  readonly membership_key: string;
  readonly proposal: string;
  readonly proposal_pub: string;
  readonly proposal_priv: string;
  readonly commit: string;
  readonly commit_pub: string;
  readonly commit_priv: string;
  readonly application: string;
  readonly application_priv: string;
}

const NO_PADDING = { kind: 'alwaysPad', paddingLength: 0 } as const;
const RETENTION = { retainKeysForGenerations: 10, retainKeysForEpochs: 4, maximumForwardRatchetSteps: 200 };
const SENDER = 1;

describeVectors<ProtectionVector[]>('mls/message-protection.json', vectors => {
  it('RFC 9420 §6.2, §6.3: Proposals, Commits and application data, opened and made anew', async () => {
    await vectors.each(
      file => file,
      async v => {
        const check = await ProtectionCheck.create(v);
        expect(await check.openPublic(v.proposal_pub)).to.equal(v.proposal);
        expect(await check.openPublic(v.commit_pub)).to.equal(v.commit);
        expect(await check.openPrivate(v.proposal_priv)).to.equal(v.proposal);
        expect(await check.openPrivate(v.commit_priv)).to.equal(v.commit);
        expect(await check.openPrivate(v.application_priv)).to.equal(v.application);
        await check.proposalAnew();
        await check.commitAnew();
        await check.applicationAnew();
      },
    );
  });
});

class ProtectionCheck {
  private constructor(
    readonly v: ProtectionVector,
    readonly suite: CiphersuiteImpl,
  ) {}

  static async create(v: ProtectionVector): Promise<ProtectionCheck> {
    return new ProtectionCheck(v, await loadVectorSuite(v.cipher_suite));
  }

  get context(): GroupContext {
    const { v } = this;
    return {
      version: 'mls10',
      cipherSuite: suiteName(v.cipher_suite),
      groupId: decodeHex(v.group_id),
      epoch: BigInt(v.epoch),
      treeHash: decodeHex(v.tree_hash),
      confirmedTranscriptHash: decodeHex(v.confirmed_transcript_hash),
      extensions: [],
    };
  }

  /** A tree of two leaves; only the sender's signature key matters. */
  get tree(): RatchetTree {
    const empty = new Uint8Array(0);
    const leaf = {
      leafNodeSource: 'commit',
      parentHash: empty,
      hpkePublicKey: empty,
      signaturePublicKey: decodeHex(this.v.signature_pub),
      credential: { credentialType: 'basic', identity: empty },
      capabilities: defaultCapabilities(),
      extensions: [],
      signature: empty,
    } as const;
    return [undefined, undefined, { nodeType: 'leaf', leaf: { ...leaf, extensions: [] } }];
  }

  get keys() {
    const { v } = this;
    return {
      sign: decodeSignatureKey(v.signature_priv, v.cipher_suite),
      membership: decodeHex(v.membership_key),
      senderData: decodeHex(v.sender_data_secret),
    };
  }

  secretTree() {
    return createSecretTree(2, decodeHex(this.v.encryption_secret), this.suite.kdf);
  }

  openPublic(hex: string): Promise<string> {
    const decoded = decodeAll(decodeMlsMessage, decodeHex(hex));
    if (decoded.wireformat !== 'mls_public_message') throw new Error('no PublicMessage');
    return this.openPublicMessage(decoded.publicMessage);
  }

  async openPublicMessage(publicMessage: PublicMessage): Promise<string> {
    const { membership } = this.keys;
    const { content } = await unprotectPublicMessage(
      membership,
      this.context,
      this.tree,
      publicMessage,
      this.suite,
    );
    expect(content.sender).to.deep.equal({ senderType: 'member', leafIndex: SENDER });
    return encodeContent(content);
  }

  openPrivate(hex: string): Promise<string> {
    const decoded = decodeAll(decodeMlsMessage, decodeHex(hex));
    if (decoded.wireformat !== 'mls_private_message') throw new Error('no PrivateMessage');
    return this.openPrivateMessage(decoded.privateMessage);
  }

  async openPrivateMessage(privateMessage: PrivateMessage): Promise<string> {
    const opened = await unprotectPrivateMessage(
      this.keys.senderData,
      privateMessage,
      await this.secretTree(),
      this.tree,
      this.context,
      RETENTION,
      this.suite,
    );
    expect(opened.content.content.sender).to.deep.equal({ senderType: 'member', leafIndex: SENDER });
    return encodeContent(opened.content.content);
  }

  async proposalAnew(): Promise<void> {
    const { context, suite } = this;
    const { sign, membership, senderData } = this.keys;
    const proposal = decodeAll(decodeProposal, decodeHex(this.v.proposal));
    const none = new Uint8Array(0);
    const open = await protectProposalPublic(sign, membership, context, none, proposal, SENDER, suite);
    expect(await this.openPublicMessage(open.publicMessage)).to.equal(this.v.proposal);
    const tree = await this.secretTree();
    const sealed = await protectProposal(
      sign,
      senderData,
      proposal,
      none,
      context,
      tree,
      SENDER,
      NO_PADDING,
      suite,
    );
    expect(await this.openPrivateMessage(sealed.privateMessage)).to.equal(this.v.proposal);
  }

  async commitAnew(): Promise<void> {
    const { context, suite } = this;
    const { sign, membership, senderData } = this.keys;
    const commit = decodeAll(decodeCommit, decodeHex(this.v.commit));
    const confirmationTag = new Uint8Array(suite.kdf.size).fill(7);
    for (const wireformat of ['mls_public_message', 'mls_private_message'] as const) {
      const { framedContent, signature } = await createContentCommitSignature(
        context,
        wireformat,
        commit,
        { senderType: 'member', leafIndex: SENDER },
        new Uint8Array(0),
        sign,
        suite.signature,
      );
      const auth = { contentType: 'commit', signature, confirmationTag } as const;
      if (wireformat === 'mls_public_message') {
        const content = { wireformat, content: framedContent, auth };
        const open = await protectPublicMessage(membership, context, content, suite);
        expect(await this.openPublicMessage(open)).to.equal(this.v.commit);
        continue;
      }
      const tree = await this.secretTree();
      const content = { ...framedContent, auth };
      const none = new Uint8Array(0);
      const sealed = await protect(senderData, none, context, tree, content, SENDER, NO_PADDING, suite);
      expect(await this.openPrivateMessage(sealed.privateMessage)).to.equal(this.v.commit);
    }
  }

  async applicationAnew(): Promise<void> {
    const { context, suite } = this;
    const { sign, membership, senderData } = this.keys;
    const data = decodeHex(this.v.application);
    const none = new Uint8Array(0);
    const tree = await this.secretTree();
    const sealed = await protectApplicationData(
      sign,
      senderData,
      data,
      none,
      context,
      tree,
      SENDER,
      NO_PADDING,
      suite,
    );
    expect(await this.openPrivateMessage(sealed.privateMessage)).to.equal(this.v.application);
    const content = {
      contentType: 'application',
      applicationData: data,
      groupId: context.groupId,
      epoch: context.epoch,
      sender: { senderType: 'member', leafIndex: SENDER },
      authenticatedData: none,
    } as const;
    const auth = { contentType: 'application', signature: none } as const;
    const asPublic = { wireformat: 'mls_public_message', content, auth } as const;
    const outcome = await protectPublicMessage(membership, context, asPublic, suite).then(
      () => 'made',
      () => 'refused',
    );
    expect(outcome, 'application data as a PublicMessage').to.equal('refused');
  }
}

function encodeContent(content: FramedContent): string {
  switch (content.contentType) {
    case 'application':
      return encodeHex(content.applicationData);
    case 'proposal':
      return encodeHex(encodeProposal(content.proposal));
    case 'commit':
      return encodeHex(encodeCommit(content.commit));
  }
}
