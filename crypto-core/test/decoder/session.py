"""Both sides of a session (SPEC.md §9): opens every frame through all four layers, and predicts the control PDUs."""

from primitives import require
from ratchets import AesParty, KemParty
from wire import BULK, CONTROL, PDU, decode_control, unpad

CONTENT = {PDU: "pdu", CONTROL: "control", BULK: "bulk"}
OFFER, ANSWER, ROTATION = "mlkem-key-exchange", "mlkem-key-exchange-response", "rotation-timestamp-broadcast"


class Party:
    """One side: what it sends is checked against its own sending state, what it opens against its receiving one."""

    def __init__(self, handshake, role):
        self.secrets = handshake.secrets
        self.sent_mls = handshake.mls.ratchet("AB".index(role))
        self.received_mls = handshake.mls.ratchet("BA".index(role))
        self.signal = handshake.signal[role]
        self.kem = KemParty(role, handshake.th0, handshake.kem_root, handshake.now_ms)
        self.aes = AesParty(role, handshake.th1, handshake.aes_0, handshake.now_ms)
        self.frames_sent = self.frames_received = 0

    def check_sent(self, raw, now_ms):
        """Kind, body and padded length of a frame of this side; then the switch that it brings."""
        inner = self.signal.check_sent(self.kem.check_sent(self.aes.check_sent(raw)))
        padded = self.sent_mls.open(inner)
        kind, body = unpad(padded)
        self.frames_sent += 1
        if kind == CONTROL:
            self.sent_control(decode_control(body), body, now_ms)
        return kind, body, len(padded)

    def open(self, raw, now_ms):
        inner = self.signal.open(self.kem.open(self.aes.open(raw)))
        padded = self.received_mls.open(inner)
        kind, body = unpad(padded)
        self.frames_received += 1
        pdu = decode_control(body) if kind == CONTROL else None
        if pdu is not None:
            self.opened_control(pdu, body, now_ms)
        return kind, body, len(padded)

    def sent_control(self, pdu, body, now_ms):
        if pdu["type"] == OFFER:
            self.kem.sent_offer(pdu)
        elif pdu["type"] == ANSWER:
            self.kem.sent_answer(pdu, self.secrets.shared(pdu["ct"]), now_ms)
        else:
            self.aes.sent_half(body, pdu, self.secrets, now_ms)

    def opened_control(self, pdu, body, now_ms):
        if pdu["type"] == OFFER:
            self.kem.opened_offer(pdu)
        elif pdu["type"] == ANSWER:
            self.kem.opened_answer(pdu, self.secrets.shared(pdu["ct"]), now_ms)
        else:
            self.aes.opened_half(body, pdu, self.secrets, now_ms)

    def next_control(self, now_ms):
        """Type of the control PDU that this side must send now, or None."""
        if self.kem.to_answer is not None:
            return ANSWER
        if self.aes.peer_half is not None and self.aes.own_half is None:
            return ROTATION
        if self.kem.is_offer_due(now_ms):
            return OFFER
        return ROTATION if self.aes.is_half_due(now_ms) else None


def replay(handshake, vector):
    """Replays a session's events. Returns the number of frames opened, each by sender and receiver."""
    parties = {role: Party(handshake, role) for role in "AB"}
    in_flight = {"A": [], "B": []}
    count = 0
    for event in vector["events"]:
        now_ms = handshake.now_ms + event["atMs"]
        role = event["from"] if event["op"] == "seal" else event["to"]
        party, peer = parties[role], "BA"["AB".index(role)]
        frames = list(event["frames"])
        if event["op"] == "open":
            expected = in_flight[role].pop(0)
            check_same(party.open(bytes.fromhex(expected["bytes"]), now_ms), expected)
            count += 1
        else:
            emit(party, frames.pop(0), in_flight[peer], now_ms, None)
        while (due := party.next_control(now_ms)) is not None:
            require(len(frames) > 0, f"{due} is due, but was not sent")
            emit(party, frames.pop(0), in_flight[peer], now_ms, due)
        require(len(frames) == 0, "a control PDU that was not due")
    require(not in_flight["A"] and not in_flight["B"], "frames that never arrived")
    check_stats(parties, vector["stats"])
    return count


def emit(party, frame, in_flight, now_ms, control_type):
    opened = party.check_sent(bytes.fromhex(frame["bytes"]), now_ms)
    check_same(opened, frame)
    if control_type is None:
        require(opened[0] != CONTROL, "a control PDU in the place of content")
    else:
        require(opened[0] == CONTROL and decode_control(opened[1])["type"] == control_type, "another control PDU")
    in_flight.append(frame)


def check_same(opened, frame):
    kind, body, padded = opened
    same = (CONTENT[kind], body.hex(), padded) == (frame["content"], frame["body"], frame["padded"])
    require(same, "a frame holds something else than the vector says")


def check_stats(parties, stats):
    for role, expected in (("A", stats["a"]), ("B", stats["b"])):
        party = parties[role]
        found = {
            "framesSent": party.frames_sent,
            "framesReceived": party.frames_received,
            "kemGeneration": party.kem.generation,
            "aesGeneration": party.aes.generation,
        }
        require(found == expected, f"counters of {role}")
