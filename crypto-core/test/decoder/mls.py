"""The MLS layer (SPEC.md §10, RFC 9420): key package, Welcome, key schedule, PrivateMessage.

Suite 83: X-Wing, HKDF-SHA-512, AES-256-GCM, SHA-512, Ed25519.
"""

import hashlib

from primitives import aead_open, hkdf_expand, hkdf_extract, hmac, require, sha512, signed_bytes
from primitives import u8, u32, u64, verify

SUITE = 83
NH, NK, NN = 64, 32, 12
WELCOME, PRIVATE_MESSAGE, KEY_PACKAGE = 3, 2, 5
APPLICATION = 1
DAY = 86_400
MAX_BYTES = 8_192
ML_KEM_KEY, ML_KEM_CIPHERTEXT = 1_184, 1_088


def u16(value):
    return value.to_bytes(2, "big")


class Reader:
    """TLS presentation language with the variable-length vectors of RFC 9420 §2.1.2."""

    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, size):
        require(self.at + size <= len(self.raw), "MLS structure truncated")
        self.at += size
        return self.raw[self.at - size : self.at]

    def integer(self, size):
        return int.from_bytes(self.take(size), "big")

    def length(self):
        first = self.integer(1)
        require(first >> 6 < 3, "vector length")
        size = 1 << (first >> 6)
        value = int.from_bytes(bytes([first & 0x3F]) + self.take(size - 1), "big")
        require(size == 1 or value >= (64 if size == 2 else 16_384), "vector length not minimal")
        return value

    def vector(self):
        return self.take(self.length())

    def end(self):
        require(self.at == len(self.raw), "bytes after the MLS structure")


def vector(raw):
    size = len(raw)
    if size < 64:
        return u8(size) + raw
    if size < 16_384:
        return (size | 0x4000).to_bytes(2, "big") + raw
    return (size | 0x8000_0000).to_bytes(4, "big") + raw


def expand_with_label(secret, label, context, size):
    info = size.to_bytes(2, "big") + vector(b"MLS 1.0 " + label) + vector(context)
    return hkdf_expand(secret, info, size, "sha512")


def derive_secret(secret, label):
    return expand_with_label(secret, label, b"", NH)


def verify_with_label(key, label, content, signature):
    verify(key, vector(b"MLS 1.0 " + label) + vector(content), signature, f"MLS signature {label.decode()}")


def ref_hash(label, value):
    return sha512(vector(b"MLS 1.0 " + label) + vector(value))


class Leaf:
    """A LeafNode of source key_package, with its signature and the profile's credential checked."""

    def __init__(self, reader, identity, now_s):
        start = reader.at
        self.encryption_key, self.signature_key = reader.vector(), reader.vector()
        require(reader.integer(2) == 1, "basic credential")
        credential = reader.vector()
        capabilities = [reader.vector() for _ in range(5)]
        expected = [u16(1), u16(SUITE), b"", b"", u16(1)]
        require(capabilities == expected, "capabilities")
        require(reader.integer(1) == 1, "leaf source key_package")
        not_before, not_after = reader.integer(8), reader.integer(8)
        require(reader.vector() == b"", "leaf extensions")
        content = reader.raw[start : reader.at]
        signature = reader.vector()
        self.raw = reader.raw[start : reader.at]
        verify_with_label(self.signature_key, b"LeafNodeTBS", content, signature)
        require(not_before <= now_s <= not_after and not_after - not_before <= 32 * DAY, "leaf lifetime")
        self.check_credential(credential, identity, now_s)

    def check_credential(self, credential, identity, now_s):
        require(len(credential) == 112 and credential[:32] == identity, "credential of another identity")
        validity, signature = credential[32:48], credential[48:]
        verify(
            identity,
            signed_bytes("mls leaf certificate", self.signature_key + validity),
            signature,
            "leaf certificate",
        )
        not_before, not_after = int.from_bytes(validity[:8], "big"), int.from_bytes(validity[8:], "big")
        require(0 < not_after - not_before <= 400 * DAY, "span of the leaf certificate")
        require(not_before - DAY <= now_s <= not_after + DAY, "leaf certificate not valid now")


class KeyPackage:
    def __init__(self, raw, identity, now_s):
        require(len(raw) <= MAX_BYTES, "key package too large")
        reader = message_reader(raw, KEY_PACKAGE)
        start = reader.at
        require(reader.integer(2) == 1 and reader.integer(2) == SUITE, "version or suite")
        self.init_key = reader.vector()
        self.leaf = Leaf(reader, identity, now_s)
        require(reader.vector() == b"", "key package extensions")
        content = reader.raw[start : reader.at]
        verify_with_label(self.leaf.signature_key, b"KeyPackageTBS", content, reader.vector())
        self.raw = raw[start:]
        reader.end()
        self.reference = ref_hash(b"KeyPackage Reference", self.raw)


def message_reader(raw, wire_format):
    reader = Reader(raw)
    require(reader.integer(2) == 1 and reader.integer(2) == wire_format, "MLSMessage version or wire format")
    return reader


def decode_tree(raw, identities, now_s):
    """Two leaves under a blank parent."""
    require(len(raw) <= MAX_BYTES, "tree too large")
    outer = Reader(raw)
    reader = Reader(outer.vector())
    outer.end()
    leaves = []
    for index in range(2):
        require(reader.integer(1) == 1 and reader.integer(1) == 1, "a leaf node")
        leaves.append(Leaf(reader, identities[index], now_s))
        if index == 0:
            require(reader.integer(1) == 0, "a blank parent")
    reader.end()
    return leaves


def tree_hash(leaves):
    hashes = [sha512(u8(1) + u32(index) + u8(1) + leaf.raw) for index, leaf in enumerate(leaves)]
    return sha512(u8(2) + u8(0) + b"".join(vector(value) for value in hashes))


def x_wing(secrets, public_key, encapsulation):
    """The X-Wing shared secret: ML-KEM's half is recorded, X25519's is computed."""
    require(len(encapsulation) == ML_KEM_CIPHERTEXT + 32, "X-Wing encapsulation")
    ciphertext, ephemeral = encapsulation[:ML_KEM_CIPHERTEXT], encapsulation[ML_KEM_CIPHERTEXT:]
    static = public_key[ML_KEM_KEY:]
    halves = secrets.shared(ciphertext) + secrets.dh(static, ephemeral)
    return hashlib.sha3_256(halves + ephemeral + static + b"\\.//^\\").digest()


def hpke_open(shared_secret, info, sealed):
    """HPKE base mode, single shot (RFC 9180): KEM 0x647a, KDF 0x0003, AEAD 0x0002; no associated data."""
    suite_id = b"HPKE" + u16(0x647A) + u16(3) + u16(2)

    def extract(salt, label, ikm):
        return hkdf_extract(salt, b"HPKE-v1" + suite_id + label + ikm, "sha512")

    def expand(secret, label, context, size):
        return hkdf_expand(secret, u16(size) + b"HPKE-v1" + suite_id + label + context, size, "sha512")

    context = u8(0) + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared_secret, b"secret", b"")
    return aead_open(expand(secret, b"key", context, NK), expand(secret, b"base_nonce", context, NN), b"", sealed)


class Group:
    """A pair's group at epoch 1, joined by B's Welcome; knows both sides' ratchets."""

    def __init__(self, secrets, group_id, identities, now_ms, key_package, welcome, tree):
        now_s = now_ms // 1000
        package = KeyPackage(key_package, identities[1], now_s)
        self.leaves = decode_tree(tree, identities, now_s)
        require(self.leaves[1].raw == package.leaf.raw, "leaf 1 is not that of the key package")
        joiner_secret, sealed_info = self.open_secrets(secrets, package, welcome)
        member = hkdf_extract(joiner_secret, bytes(NH), "sha512")
        info = self.open_info(derive_secret(member, b"welcome"), sealed_info)
        self.read_info(info, group_id)
        self.derive_epoch(expand_with_label(member, b"epoch", self.context, NH))
        tag = hmac(self.secret(b"confirm"), self.confirmed_hash, "sha512")
        require(tag == self.confirmation_tag, "confirmation tag")

    def open_secrets(self, secrets, package, welcome):
        require(len(welcome) <= MAX_BYTES, "Welcome too large")
        reader = message_reader(welcome, WELCOME)
        require(reader.integer(2) == SUITE, "suite of the Welcome")
        entries = Reader(reader.vector())
        require(entries.vector() == package.reference, "Welcome for another key package")
        encapsulation, sealed = entries.vector(), entries.vector()
        entries.end()
        sealed_info = reader.vector()
        reader.end()
        info = vector(b"MLS 1.0 Welcome") + vector(sealed_info)
        opened = Reader(hpke_open(x_wing(secrets, package.init_key, encapsulation), info, sealed))
        joiner_secret = opened.vector()
        require(opened.integer(1) == 0 and opened.vector() == b"", "no path secret, no PSK")
        opened.end()
        return joiner_secret, sealed_info

    def open_info(self, welcome_secret, sealed):
        key = expand_with_label(welcome_secret, b"key", b"", NK)
        nonce = expand_with_label(welcome_secret, b"nonce", b"", NN)
        return aead_open(key, nonce, b"", sealed)

    def read_info(self, info, group_id):
        reader = Reader(info)
        require(reader.integer(2) == 1 and reader.integer(2) == SUITE, "version or suite")
        require(reader.vector() == group_id and reader.integer(8) == 1, "group id or epoch")
        require(reader.vector() == tree_hash(self.leaves), "tree hash")
        self.confirmed_hash = reader.vector()
        require(reader.vector() == b"", "group extensions")
        self.context = info[: reader.at]
        require(reader.vector() == b"", "GroupInfo extensions")
        self.confirmation_tag = reader.vector()
        require(reader.integer(4) == 0, "signer is not leaf 0")
        content = info[: reader.at]
        verify_with_label(self.leaves[0].signature_key, b"GroupInfoTBS", content, reader.vector())
        reader.end()
        self.group_id = group_id

    def derive_epoch(self, epoch_secret):
        self.epoch_secret = epoch_secret
        root = self.secret(b"encryption")
        leaves = [expand_with_label(root, b"tree", side, NH) for side in (b"left", b"right")]
        self.first_ratchet_secrets = [derive_secret(leaf, b"application") for leaf in leaves]

    def secret(self, label):
        return derive_secret(self.epoch_secret, label)

    def export(self, label, context, size):
        secret = derive_secret(self.secret(b"exporter"), label)
        return expand_with_label(secret, b"exported", sha512(context), size)

    @property
    def epoch_authenticator(self):
        return self.secret(b"authentication")

    def ratchet(self, leaf):
        return SenderRatchet(self, leaf)


class SenderRatchet:
    """One sender's messages, strictly one after the other."""

    def __init__(self, group, leaf):
        self.group, self.leaf = group, leaf
        self.secret, self.generation = group.first_ratchet_secrets[leaf], 0

    def open(self, raw):
        reader = message_reader(raw, PRIVATE_MESSAGE)
        group_id, epoch, content_type = reader.vector(), reader.integer(8), reader.integer(1)
        require(group_id == self.group.group_id and epoch == 1 and content_type == APPLICATION, "another group")
        require(reader.vector() == b"", "authenticated data")
        sender_data, sealed = reader.vector(), reader.vector()
        reader.end()
        place = vector(group_id) + u64(epoch) + u8(content_type)
        reuse_guard = self.open_sender_data(sender_data, sealed[:NH], place)
        key = self.tree_secret(b"key", NK)
        nonce = self.tree_secret(b"nonce", NN)
        guarded = bytes(a ^ b for a, b in zip(nonce, reuse_guard + bytes(8)))
        content = Reader(aead_open(key, guarded, place + vector(b""), sealed))
        data, signature = content.vector(), content.vector()
        content.end()  # no padding of MLS's own
        self.check_signature(data, signature)
        self.secret = self.tree_secret(b"secret", NH)
        self.generation += 1
        return data

    def open_sender_data(self, sealed, sample, place):
        secret = self.group.secret(b"sender data")
        key, nonce = (expand_with_label(secret, label, sample, size) for label, size in ((b"key", NK), (b"nonce", NN)))
        reader = Reader(aead_open(key, nonce, place, sealed))
        require(reader.integer(4) == self.leaf, "another sender")
        require(reader.integer(4) == self.generation, "another generation than the next")
        reuse_guard = reader.take(4)
        reader.end()
        return reuse_guard

    def tree_secret(self, label, size):
        return expand_with_label(self.secret, label, u32(self.generation), size)

    def check_signature(self, data, signature):
        framed = vector(self.group.group_id) + u64(1) + u8(1) + u32(self.leaf) + vector(b"") + u8(APPLICATION)
        content = u16(1) + u16(PRIVATE_MESSAGE) + framed + vector(data) + self.group.context
        verify_with_label(self.group.leaves[self.leaf].signature_key, b"FramedContentTBS", content, signature)
