"""Frames, padding, PDUs and invites (SPEC.md §3, §4, §6, §7.1, §12, §13): bytes to values, or Refused."""

import json
import re
from urllib.parse import urlsplit

from primitives import PROFILE, TAG, Refused, base64url_decode, base64url_encode, is_acceptable_ed25519
from primitives import is_acceptable_x25519, require

HELLO, HANDSHAKE, PAYLOAD, FAST_BULK = 0, 1, 2, 3
HEADER = 11
MAX_FRAME, MAX_HELLO, MAX_HANDSHAKE_FRAME = 262_144, 4_096, 32_768
MAX_INTEGER = 2**53 - 1
PDU, CONTROL, BULK = 0, 1, 2
MAX_BODY = 196_608
LAYERS = ["MLS", "Signal", "ML-KEM", "AES"]
ENGINE = "enk-signal-1"


class Frame:
    """A sealed frame: `header` is the associated data."""

    def __init__(self, data):
        require(len(data) >= HEADER + TAG, "frame too short")
        self.kind, self.gen, self.ctr = data[1], data[2], int.from_bytes(data[3:11], "big")
        require(self.ctr <= MAX_INTEGER, "counter too large")
        self.header, self.ciphertext = data[:HEADER], data[HEADER:]


def decode_frame(data):
    """A Frame, or the JSON of a hello as bytes."""
    require(2 <= len(data) <= MAX_FRAME and data[0] == 1, "frame size or version")
    if data[1] == HELLO:
        require(len(data) <= MAX_HELLO, "hello too large")
        return data[2:]
    require(data[1] in (HANDSHAKE, PAYLOAD), "frame kind")
    require(data[1] != HANDSHAKE or len(data) <= MAX_HANDSHAKE_FRAME, "handshake frame too large")
    return Frame(data)


def decode_sealed(data, kind):
    frame = decode_frame(data)
    require(isinstance(frame, Frame) and frame.kind == kind, "another kind of frame")
    return frame


def decode_bulk_frame(data):
    require(2 <= len(data) <= MAX_FRAME and data[0] == 1 and data[1] == FAST_BULK, "no bulk frame")
    return Frame(data)


def bucket(size):
    power = 128
    while power < size and power < 65_536:
        power *= 2
    return power if size <= power else -(-size // 65_536) * 65_536


def unpad(padded):
    """Content kind and body."""
    require(len(padded) >= 5, "padded plaintext too short")
    kind, length = padded[0], int.from_bytes(padded[1:5], "big")
    require(kind in (PDU, CONTROL, BULK) and length <= MAX_BODY, "content kind or length")
    size = length if kind == BULK else bucket(length)
    require(len(padded) == 5 + size, "another bucket than the body's")
    require(not any(padded[5 + length :]), "padding that is not zero")
    return kind, padded[5 : 5 + length]


# PDUs. A schema lists each key with a reader of its value; its order is the order on the wire.


def data(low, high=None):
    def read(value):
        require(isinstance(value, str), "a byte string")
        decoded = base64url_decode(value)
        require(low <= len(decoded) <= (high or low), "length of a byte string")
        return decoded

    return read


def constant(expected):
    def read(value):
        require(type(value) is type(expected) and value == expected, "a constant")
        return value

    return read


def integer(low, high):
    def read(value):
        require(type(value) is int and low <= value <= high, "an integer")
        return value

    return read


def text(pattern):
    def read(value):
        require(isinstance(value, str) and re.fullmatch(pattern, value) is not None, "a text")
        return value

    return read


def array(reader, most):
    def read(value):
        require(isinstance(value, list) and len(value) <= most, "a list")
        return [reader(item) for item in value]

    return read


def record(schema):
    def read(value):
        require(isinstance(value, Pairs), "an object")
        require([key for key, _ in value.pairs] == list(schema), "keys, each once and in order")
        return {key: schema[key](item) for key, item in value.pairs}

    return read


class Pairs:
    """A JSON object that keeps order and repetitions."""

    def __init__(self, pairs):
        self.pairs = pairs

    def get(self, name):
        found = [value for key, value in self.pairs if key == name]
        return found[-1] if found else None


def encode(value):
    """The canonical JSON of what was parsed."""
    plain = json.dumps(value, default=encode_special, separators=(",", ":"), ensure_ascii=False)
    return plain.encode()


def encode_special(value):
    if isinstance(value, bytes):
        return base64url_encode(value)
    raise TypeError


def refuse_number(_text):
    raise Refused("no integer")


def parse_json(raw):
    try:
        decoded = raw.decode("utf-8", "strict")
        return json.loads(
            decoded, object_pairs_hook=Pairs, parse_float=refuse_number, parse_constant=refuse_number
        )
    except (ValueError, RecursionError):
        raise Refused("no JSON") from None


def decode_pdu(schema, raw):
    value = record(schema)(parse_json(raw))
    require(encode(value) == raw, "not the canonical encoding")
    return value


def pdu(name, **fields):
    return {"type": constant(name), "specVersion": constant("1.0"), **fields}


def generation(value):
    return integer(0, MAX_INTEGER)(value)


KEY_REQUEST = pdu("mls-key-package-request")
SIGNAL_REQUEST = pdu("signal-key-exchange-request")
KEM_EXCHANGE = pdu("mlkem-key-exchange", gen=constant(0), ek=data(1_184))
KEY_PACKAGE = pdu("mls-key-package", device=data(128), keyPackage=data(1, 8_192))
SIGNAL_RESPONSE = pdu(
    "signal-key-exchange-response",
    signedPrekey=data(32),
    signedPrekeySignature=data(64),
    kemPrekey=data(1_184),
    kemPrekeySignature=data(64),
)
KEM_RESPONSE = pdu("mlkem-key-exchange-response", gen=constant(0), ct=data(1_088))
SYNC_REQUEST = pdu("mls-encryption-sync-request", device=data(128), knowsYou=integer(0, 1))
WELCOME = pdu("mls-welcome", welcome=data(1, 8_192), tree=data(1, 8_192))
SIGNAL_COMPLETE = pdu(
    "signal-session-complete", ephemeralKey=data(32), kemCiphertext=data(1_088), message=data(1, 512)
)
FINISH = pdu("handshake-finish", signature=data(64), mac=data(32))
SYNC_RESPONSE = pdu("mls-encryption-sync-response", knowsYou=integer(0, 1))
WELCOME_ACK = pdu("mls-welcome-ack", epochAuthenticator=data(64))

HELLO_PDU = pdu(
    "hello",
    profile=constant(PROFILE),
    layers=lambda value: constant(LAYERS)(value),
    engine=constant(ENGINE),
    ephemeralKey=data(32),
    nonce=data(32),
    limits=record({"maxPduBytes": integer(65_536, 16_777_216)}),
    features=array(text("[a-z0-9-]{1,32}"), 16),
    psks=array(record({"kind": integer(1, 2), "id": data(16), "binder": data(32)}), 3),
)

CONTROL_PDUS = {
    "mlkem-key-exchange": pdu("mlkem-key-exchange", gen=generation, ek=data(0, 2_048)),
    "mlkem-key-exchange-response": pdu("mlkem-key-exchange-response", gen=generation, ct=data(0, 2_048)),
    "rotation-timestamp-broadcast": pdu(
        "rotation-timestamp-broadcast", gen=generation, timestamp=generation, x25519=data(0, 2_048)
    ),
}


def decode_control(raw):
    require(len(raw) <= 2_048, "control PDU too large")
    value = parse_json(raw)
    require(isinstance(value, Pairs), "an object")
    name = value.get("type")
    require(isinstance(name, str) and name in CONTROL_PDUS, "an unknown control PDU")
    return decode_pdu(CONTROL_PDUS[name], raw)


def is_other_version(text):
    """Of a MAJOR.MINOR with one to four digits each; anything else is no version (CC-HS-26)."""
    numbers = re.fullmatch(r"([0-9]{1,4})\.([0-9]{1,4})", text) if isinstance(text, str) else None
    return numbers is not None and (int(numbers[1]), int(numbers[2])) != (1, 0)


def decode_hello(frame):
    """The hello and its exact JSON."""
    raw = decode_frame(frame)
    require(isinstance(raw, bytes), "no hello")
    claim = parse_json(raw)
    require(isinstance(claim, Pairs) and claim.get("type") == "hello", "no hello")
    layers = claim.get("layers")
    require(isinstance(layers, list) and all(isinstance(name, str) for name in layers), "layers")
    require(isinstance(claim.get("profile"), str) and isinstance(claim.get("engine"), str), "profile")
    if claim.get("profile") != PROFILE or layers != LAYERS or claim.get("engine") != ENGINE:
        raise Refused("another profile", "profile-mismatch")
    if is_other_version(claim.get("specVersion")):
        raise Refused("another version", "profile-mismatch")
    hello = decode_pdu(HELLO_PDU, raw)
    require(is_acceptable_x25519(hello["ephemeralKey"]), "ephemeral key")
    return hello, raw


def decode_invite(token):
    try:
        return read_invite(token)
    except (Refused, IndexError, ValueError):
        raise Refused("no invite", "invite-malformed") from None


def read_invite(token):
    require(len(token) <= 891, "token too long")
    raw = base64url_decode(token)
    require(raw[0] == 1 and is_acceptable_ed25519(raw[1:33]), "version or key")
    peer_end = 90 + raw[89]
    broker_start = peer_end + 2
    broker_end = broker_start + int.from_bytes(raw[peer_end:broker_start], "big")
    peer_id, broker = raw[90:peer_end].decode("ascii"), raw[broker_start:broker_end].decode("ascii")
    require(len(raw) == broker_end, "trailing or missing bytes")
    require(int.from_bytes(raw[81:89], "big") <= MAX_INTEGER, "expiry")
    require(re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?", peer_id) and len(peer_id) <= 64, "peer id")
    url = urlsplit(broker)
    require(1 <= len(broker) <= 512 and re.fullmatch(r"[\x21-\x7e]+", broker), "broker URL")
    require(url.scheme in ("wss", "ws") and url.hostname and "@" not in url.netloc and "#" not in broker, "broker URL")
    return {"inviter": raw[1:33], "id": raw[33:49], "secret": raw[49:81], "peerId": peer_id, "broker": broker}
