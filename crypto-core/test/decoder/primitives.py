"""Primitives of SPEC.md §1 and §5: the standard library and `cryptography`, nothing of the project's.

Everything that a peer could have got wrong raises Refused.
"""

import base64
import hashlib
import hmac as std_hmac
import re

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TAG = 16
FIELD = 2**255 - 19
PROFILE = "EnkryptedChat-Profile-v1"
# y coordinates of the points of small order (orders 1, 2, 4, 8), RFC 8032's encoding without the sign bit.
ED25519_SMALL_ORDER_Y = {
    0,
    1,
    FIELD - 1,
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
}


class Refused(Exception):
    """What the profile refuses, with the code of SPEC.md §2."""

    def __init__(self, why, code="protocol-error"):
        super().__init__(why)
        self.code = code


def require(condition, why):
    if not condition:
        raise Refused(why)


def u8(value):
    return value.to_bytes(1, "big")


def u32(value):
    return value.to_bytes(4, "big")


def u64(value):
    return value.to_bytes(8, "big")


def lp(data):
    return u32(len(data)) + data


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def sha512(data):
    return hashlib.sha512(data).digest()


def hmac(key, data, name="sha256"):
    return std_hmac.new(key, data, name).digest()


def hkdf_extract(salt, ikm, name="sha256"):
    return hmac(salt or bytes(hashlib.new(name).digest_size), ikm, name)


def hkdf_expand(key, info, length, name="sha256"):
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = hmac(key, block + info + u8(counter), name)
        output += block
        counter += 1
    return output[:length]


def hkdf(salt, ikm, info, length):
    return hkdf_expand(hkdf_extract(salt, ikm), info, length)


def derive(key, label, context):
    """L(k, label, ctx)."""
    return hkdf_expand(key, b"enk/v1 " + label.encode() + b"\0" + sha256(context), 32)


def aead_open(key, nonce, associated_data, sealed):
    require(len(sealed) >= TAG, "ciphertext too short")
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated_data)
    except InvalidTag:
        raise Refused("the tag does not verify") from None


def xor_counter(iv, counter):
    return (int.from_bytes(iv, "big") ^ counter).to_bytes(12, "big")


def verify(public_key, message, signature, why):
    require(is_acceptable_ed25519(public_key) and len(signature) == 64, why)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused(why) from None


def signed_bytes(context, content):
    """What an identity key signs (SPEC.md §5)."""
    return b"\x20" * 64 + f"{PROFILE} {context}".encode() + b"\0" + content


def is_acceptable_ed25519(key):
    if len(key) != 32:
        return False
    y = int.from_bytes(key, "little") % 2**255
    return y < FIELD and y not in ED25519_SMALL_ORDER_Y


def is_acceptable_x25519(key):
    if len(key) != 32 or int.from_bytes(key, "little") >= FIELD:
        return False
    try:
        # A point of small order gives zero with every clamped scalar.
        X25519PrivateKey.from_private_bytes(bytes(32)).exchange(X25519PublicKey.from_public_bytes(key))
    except ValueError:
        return False
    return True


def x25519_public(secret):
    public_key = X25519PrivateKey.from_private_bytes(secret).public_key()
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def ed25519_public(seed):
    public_key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def x25519(secret, public_key):
    require(is_acceptable_x25519(public_key), "X25519 key")
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public_key))


class Secrets:
    """The `secrets` of a vector: X25519 private keys, ML-KEM-768 shared secrets by ciphertext."""

    def __init__(self, vector):
        self.private = {bytes.fromhex(key): bytes.fromhex(value) for key, value in vector["x25519"].items()}
        self.ml_kem = {bytes.fromhex(key): bytes.fromhex(value) for key, value in vector["mlKem"].items()}
        for key, secret in self.private.items():
            assert x25519_public(secret) == key, "a recorded key pair does not belong together"

    def dh(self, own_public, peer_public):
        return x25519(self.private[own_public], peer_public)

    def shared(self, ciphertext):
        return self.ml_kem[sha256(ciphertext)]


def base64url_decode(text):
    """Strict: no padding, no other characters, no bits to spare."""
    require(re.fullmatch(r"[A-Za-z0-9_-]*", text) is not None and len(text) % 4 != 1, "base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64url_encode(data) == text, "base64url: trailing bits")
    return data


def base64url_encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
