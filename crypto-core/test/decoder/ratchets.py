"""The Signal, ML-KEM and AES layers (SPEC.md §11 to §13) as a receiver, and as one who checks its own sending."""

from primitives import aead_open, derive, hkdf, hkdf_extract, hmac, lp, require, sha256, u8, u32, xor_counter
from wire import PAYLOAD, decode_sealed

PQXDH_INFO = b"EnkryptedChat-Profile-v1_X25519_SHA-256_ML-KEM-768"
MAX_SKIP, MAX_SKIPPED = 1_000, 2_000
FRAMES_PER_STEP = 1_024
ARROWS = {"A": "A→B", "B": "B→A"}
OTHER = {"A": "B", "B": "A"}


def pqxdh(shared):
    """root, chain and x from DH1, DH2, DH3, SS."""
    okm = hkdf(bytes(32), b"\xff" * 32 + b"".join(shared), PQXDH_INFO, 96)
    return okm[:32], okm[32:64], okm[64:]


def step_root(root, shared):
    okm = hkdf(root, shared, b"WhisperRatchet", 64)
    return okm[:32], okm[32:]


class SignalParty:
    """One side of a Double Ratchet. Its own ratchet keys show in what it sends; the vector has their secrets."""

    def __init__(self, secrets, associated_data):
        self.secrets, self.associated_data = secrets, associated_data
        self.skipped = {}
        self.receiving_key = self.receiving_chain = None
        self.receiving_index = self.sending_index = self.previous_length = 0
        self.sending_key = self.sending_chain = None
        self.retired_length = 0  # of the sending chain that the next own key replaces

    @classmethod
    def initiator(cls, secrets, associated_data, root, chain, signed_prekey):
        party = cls(secrets, associated_data)
        party.root = root
        party.receiving_key, party.receiving_chain = signed_prekey, chain
        return party

    @classmethod
    def responder(cls, secrets, associated_data, root, chain, signed_prekey):
        party = cls(secrets, associated_data)
        party.root, party.sending_key, party.sending_chain = root, signed_prekey, chain
        return party

    def check_sent(self, message):
        """Opens what this side sealed: with its own sending chain, whose first message shows a fresh key."""
        key, pn, n = split_header(message)
        if self.sending_chain is None:
            require(key != self.sending_key, "a fresh ratchet key")
            self.root, self.sending_chain = step_root(self.root, self.secrets.dh(key, self.receiving_key))
            self.sending_key, self.sending_index, self.previous_length = key, 0, self.retired_length
        require((key, pn, n) == (self.sending_key, self.previous_length, self.sending_index), "own header")
        plaintext = self.decrypt(hmac(self.sending_chain, b"\1"), message)
        self.sending_chain = hmac(self.sending_chain, b"\2")
        self.sending_index += 1
        return plaintext

    def open(self, message):
        require(len(message) >= 56, "Signal message too short")
        key, pn, n = split_header(message)
        if (key, n) in self.skipped:
            plaintext = self.decrypt(self.skipped[(key, n)], message)
            del self.skipped[(key, n)]
            return plaintext
        if key != self.receiving_key:
            self.ratchet(key, pn)
        require(n >= self.receiving_index, "opened before")
        self.skip_to(n)
        plaintext = self.decrypt(hmac(self.receiving_chain, b"\1"), message)
        self.receiving_chain = hmac(self.receiving_chain, b"\2")
        self.receiving_index += 1
        return plaintext

    def ratchet(self, key, pn):
        if self.receiving_chain is not None:
            self.skip_to(pn)
        # A peer takes a new key only after it saw ours: so ours was used, and a vector shows it.
        require(self.sending_chain is not None, "a new ratchet key before ours was seen")
        self.retired_length = self.sending_index
        self.root, self.receiving_chain = step_root(self.root, self.secrets.dh(self.sending_key, key))
        self.receiving_key, self.receiving_index = key, 0
        self.sending_chain = None

    def skip_to(self, until):
        require(until - self.receiving_index <= MAX_SKIP, "too many skipped keys")
        while self.receiving_index < until:
            self.skipped[(self.receiving_key, self.receiving_index)] = hmac(self.receiving_chain, b"\1")
            self.receiving_chain = hmac(self.receiving_chain, b"\2")
            self.receiving_index += 1
        while len(self.skipped) > MAX_SKIPPED:
            del self.skipped[next(iter(self.skipped))]

    def decrypt(self, seed, message):
        keys = hkdf(b"", seed, b"WhisperMessageKeys", 80)
        return aead_open(keys[:32], keys[64:76], self.associated_data + message[:40], message[40:])


def split_header(message):
    return message[:32], int.from_bytes(message[32:36], "big"), int.from_bytes(message[36:40], "big")


class KemChain:
    def __init__(self, session_id, direction, generation, key):
        self.session_id, self.direction = session_id, direction
        self.generation, self.key, self.counter = generation, key, 0

    def matches(self, message):
        return message[:8] == u32(self.generation) + u32(self.counter)

    def open(self, message):
        require(len(message) >= 24 and self.matches(message), "another KEM message than the next")
        header = message[:8]
        associated_data = self.session_id + b"kem" + u8("AB".index(self.direction)) + header
        plaintext = aead_open(hmac(self.key, b"\1"), bytes(8) + header[4:], associated_data, message[8:])
        self.key = hmac(self.key, b"\2")
        self.counter += 1
        return plaintext


def kem_secrets(shared, session_id, ek, ct):
    """root_0 and s_kem."""
    context = session_id + sha256(ek) + sha256(ct)
    return derive(shared, "kem root", context), derive(shared, "export", session_id)


class KemParty:
    """One side of the KEM ratchet: strict turns, one chain a direction and generation."""

    def __init__(self, role, session_id, root, now_ms):
        self.role, self.session_id = role, session_id
        self.generation = 0
        self.sending, self.receiving = self.derive_generation(root, 0)
        self.upcoming = self.offered = self.to_answer = None
        self.messages, self.rekeyed_at = 0, now_ms

    def derive_generation(self, root, generation):
        def chain(role):
            key = derive(root, f"kem chain {ARROWS[role]}", self.session_id)
            return KemChain(self.session_id, role, generation, key)

        self.next_root = derive(root, "kem next", self.session_id)
        return chain(self.role), chain(OTHER[self.role])

    def check_sent(self, message):
        plaintext = self.sending.open(message)
        self.messages += 1
        return plaintext

    def open(self, message):
        if self.upcoming is not None and not self.receiving.matches(message):
            plaintext = self.upcoming.open(message)
            self.receiving, self.upcoming = self.upcoming, None
        else:
            plaintext = self.receiving.open(message)
        self.messages += 1
        return plaintext

    def is_own_turn(self, generation):
        return (generation % 2 == 0) == (self.role == "A")

    def is_offer_due(self, now_ms):
        if self.offered is not None or not self.is_own_turn(self.generation + 1):
            return False
        return self.messages >= 50 or (self.messages > 0 and now_ms - self.rekeyed_at >= 600_000)

    def sent_offer(self, pdu):
        require(pdu["gen"] == self.generation + 1 and self.is_own_turn(pdu["gen"]), "own offer out of turn")
        require(self.offered is None, "a second offer")
        self.offered = pdu["ek"]

    def opened_offer(self, pdu):
        require(pdu["gen"] == self.generation + 1 and not self.is_own_turn(pdu["gen"]), "offer out of turn")
        require(len(pdu["ek"]) == 1_184, "length of an encapsulation key")
        self.to_answer = pdu["ek"]

    def sent_answer(self, pdu, shared, now_ms):
        require(self.to_answer is not None and pdu["gen"] == self.generation + 1, "an answer without an offer")
        self.sending, self.upcoming = self.rekey(self.to_answer, pdu["ct"], shared, now_ms)
        self.to_answer = None

    def opened_answer(self, pdu, shared, now_ms):
        require(self.offered is not None and pdu["gen"] == self.generation + 1, "an answer without an offer")
        self.sending, self.receiving = self.rekey(self.offered, pdu["ct"], shared, now_ms)
        self.offered = None

    def rekey(self, ek, ct, shared, now_ms):
        self.generation += 1
        context = self.session_id + sha256(ek) + sha256(ct) + u32(self.generation)
        root = derive(hkdf_extract(self.next_root, shared), "kem root", context)
        self.messages, self.rekeyed_at = 0, now_ms
        return self.derive_generation(root, self.generation)


class RecordKey:
    def __init__(self, root, th1, direction, generation):
        self.key = derive(root, f"key {ARROWS[direction]}", th1)
        self.iv = derive(root, f"iv {ARROWS[direction]}", th1)[:12]
        self.generation, self.counter = generation, 0

    def matches(self, frame):
        return (frame.gen, frame.ctr) == (self.generation & 0xFF, self.counter)

    def open(self, frame):
        require(self.matches(frame), "another frame than the next")
        plaintext = aead_open(self.key, xor_counter(self.iv, self.counter), frame.header, frame.ciphertext)
        self.step()
        return plaintext

    def step(self):
        self.counter += 1
        if self.counter % FRAMES_PER_STEP == 0:
            self.key = derive(self.key, "step", b"")


class AesParty:
    """One side of the record layer and of its rotation."""

    def __init__(self, role, th1, root, now_ms):
        self.role, self.th1, self.generation = role, th1, 0
        self.sending, self.receiving = self.derive_generation(root)
        self.upcoming = None
        self.own_half = self.peer_half = None
        self.installed_at = now_ms

    def derive_generation(self, root):
        self.next_root = derive(root, "next", self.th1)
        return (RecordKey(root, self.th1, role, self.generation) for role in (self.role, OTHER[self.role]))

    def check_sent(self, raw):
        return self.sending.open(decode_sealed(raw, PAYLOAD))

    def open(self, raw):
        frame = decode_sealed(raw, PAYLOAD)
        if self.upcoming is not None and not self.receiving.matches(frame):
            plaintext = self.upcoming.open(frame)
            self.receiving, self.upcoming = self.upcoming, None
            return plaintext
        return self.receiving.open(frame)

    def is_half_due(self, now_ms):
        if self.own_half is not None:
            return False
        frames = self.sending.counter
        return frames >= 2**20 or (frames > 0 and now_ms - self.installed_at >= 3_600_000)

    def sent_half(self, raw, pdu, secrets, now_ms):
        require(pdu["gen"] == self.generation + 1 and self.own_half is None, "own half of another rotation")
        self.own_half = (raw, pdu["x25519"])
        self.install(secrets, now_ms)

    def opened_half(self, raw, pdu, secrets, now_ms):
        require(pdu["gen"] == self.generation + 1 and self.peer_half is None, "half of another rotation")
        self.peer_half = (raw, pdu["x25519"])
        self.install(secrets, now_ms)

    def install(self, secrets, now_ms):
        if self.own_half is None or self.peer_half is None:
            return
        shared = secrets.dh(self.own_half[1], self.peer_half[1])
        halves = [self.own_half[0], self.peer_half[0]]
        rot_a, rot_b = halves if self.role == "A" else reversed(halves)
        root = hkdf_extract(self.next_root, shared + sha256(lp(rot_a), lp(rot_b)))
        self.generation += 1
        self.sending, self.upcoming = self.derive_generation(root)
        self.own_half = self.peer_half = None
        self.installed_at = now_ms
