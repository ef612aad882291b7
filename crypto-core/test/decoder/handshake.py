"""The handshake (SPEC.md §7 and §8) from its recorded frames: every signature, binder and MAC checked, every key
derived; gives what the session begins with."""

from mls import Group
from primitives import PROFILE, Secrets, aead_open, derive, ed25519_public, hkdf_extract, hmac, lp, require, sha256
from primitives import is_acceptable_ed25519, is_acceptable_x25519, signed_bytes, u8, u64, verify, x25519_public
from ratchets import SignalParty, kem_secrets, pqxdh
from wire import FINISH, HANDSHAKE, KEM_EXCHANGE, KEM_RESPONSE, KEY_PACKAGE, KEY_REQUEST, LAYERS, SIGNAL_COMPLETE
from wire import SIGNAL_REQUEST, SIGNAL_RESPONSE, SYNC_REQUEST, SYNC_RESPONSE, WELCOME, WELCOME_ACK
from wire import decode_hello, decode_pdu, decode_sealed, encode

FLIGHTS_A = [KEY_REQUEST, SIGNAL_REQUEST, KEM_EXCHANGE, SYNC_REQUEST, WELCOME, SIGNAL_COMPLETE, FINISH]
FLIGHTS_B = [KEY_PACKAGE, SIGNAL_RESPONSE, KEM_RESPONSE, SYNC_RESPONSE, WELCOME_ACK, FINISH]


class Handshake:
    """After construction everything verified; `values` hold what was derived."""

    def __init__(self, vector):
        self.vector, self.now_ms = vector, vector["nowMs"]
        self.secrets = Secrets(vector["secrets"])
        frames = {role: [bytes.fromhex(f["bytes"]) for f in vector["frames"] if f["from"] == role] for role in "AB"}
        self.values = {}
        self.check_identities()
        self.read_hellos(frames["A"][0], frames["B"][0])
        self.open_flights(frames["A"][1:], frames["B"][1:])
        self.check_devices()
        self.join_layers()
        self.check_finishes()

    def note(self, **values):
        self.values.update({name: value.hex() for name, value in values.items()})

    def check_identities(self):
        for side in ("a", "b"):
            secret = bytes.fromhex(self.vector[side]["dhSecret"])
            require(x25519_public(secret).hex() == self.vector[side]["dhKey"], "static DH key")
            seed = bytes.fromhex(self.vector[side]["identitySeed"])
            require(ed25519_public(seed).hex() == self.vector[side]["identityKey"], "identity key")

    def read_hellos(self, frame_a, frame_b):
        (hello_a, json_a), (hello_b, json_b) = decode_hello(frame_a), decode_hello(frame_b)
        ends = [self.vector[side] for side in ("a", "b")]
        texts = [PROFILE, ",".join(LAYERS), *(end["peerId"] for end in ends)]
        prints = b"".join(bytes.fromhex(end["fingerprint"]) for end in ends)
        prologue = b"".join(lp(text.encode()) for text in texts) + prints
        kind, psk = self.choose_psk(hello_a, hello_b, json_a, prologue)
        th0 = sha256(prologue, lp(json_a), lp(json_b), u8(kind))
        dh = self.secrets.dh(hello_a["ephemeralKey"], hello_b["ephemeralKey"])
        s0 = hkdf_extract(psk, dh)
        self.th0, self.s0, self.kind = th0, s0, kind
        self.hs_keys = {role: derive(s0, f"hs {role}", th0) for role in "AB"}
        self.note(prologue=prologue, ephemeralDh=dh, th0=th0, s0=s0)
        self.note(handshakeKeyA=self.hs_keys["A"], handshakeKeyB=self.hs_keys["B"])

    def choose_psk(self, hello_a, hello_b, json_a, prologue):
        known = {(psk["kind"], psk["id"]): psk["secret"] for psk in self.vector["psksKnown"]}
        offered = {(psk["kind"], psk["id"]): psk["secret"] for psk in self.vector["psksOffered"]}
        content_a = prologue + without_binders(hello_a)
        content_b = prologue + sha256(json_a) + without_binders(hello_b)
        for offer in hello_a["psks"]:  # a binder of each, by who offers it
            secret = bytes.fromhex(offered[(offer["kind"], offer["id"].hex())])
            require(offer["binder"] == binder(secret, "A", content_a), "binder of A")
        first = next((o for o in hello_a["psks"] if (o["kind"], o["id"].hex()) in known), None)
        require(len(hello_b["psks"]) == (0 if first is None else 1), "B names the first PSK that it knows, alone")
        if first is None:
            return 0, bytes(32)
        choice = hello_b["psks"][0]
        require((choice["kind"], choice["id"]) == (first["kind"], first["id"]), "B's choice")
        secret = bytes.fromhex(known[(choice["kind"], choice["id"].hex())])
        require(choice["binder"] == binder(secret, "B", content_b), "binder of B")
        return choice["kind"], secret

    def open_flights(self, sealed_a, sealed_b):
        self.raw_a = open_all(self.hs_keys["A"], sealed_a, len(FLIGHTS_A))
        self.raw_b = open_all(self.hs_keys["B"], sealed_b, len(FLIGHTS_B))
        self.pdus_a = [decode_pdu(schema, raw) for schema, raw in zip(FLIGHTS_A, self.raw_a)]
        self.pdus_b = [decode_pdu(schema, raw) for schema, raw in zip(FLIGHTS_B, self.raw_b)]
        transcripts = [sha256(*map(lp, raw)) for raw in (self.raw_a[:6], self.raw_b[:3])]
        self.th1 = sha256(self.th0, *transcripts)
        self.th2 = sha256(self.th1, lp(self.raw_a[6]), lp(self.raw_b[3]), lp(self.raw_b[4]))
        self.note(th1=self.th1, th2=self.th2)

    def check_devices(self):
        self.identity, self.dh_key = {}, {}
        for role, device in (("A", self.pdus_a[3]["device"]), ("B", self.pdus_b[0]["device"])):
            identity, dh_key, certificate = device[:32], device[32:64], device[64:]
            require(is_acceptable_ed25519(identity) and is_acceptable_x25519(dh_key), "device keys")
            verify(identity, signed_bytes("device certificate", dh_key), certificate, "device certificate")
            side = self.vector[role.lower()]
            require((identity.hex(), dh_key.hex()) == (side["identityKey"], side["dhKey"]), "another device")
            self.identity[role], self.dh_key[role] = identity, dh_key
        require(self.pdus_a[3]["knowsYou"] == int(self.vector["a"]["knowsPeer"]), "knowsYou of A")
        require(self.pdus_b[3]["knowsYou"] == int(self.vector["b"]["knowsPeer"]), "knowsYou of B")
        prekeys = self.pdus_b[1]
        for name in ("signedPrekey", "kemPrekey"):
            signed = signed_bytes("pqxdh prekey", prekeys[name] + self.th0)
            verify(self.identity["B"], signed, prekeys[f"{name}Signature"], name)

    def join_layers(self):
        exports = self.join_mls() + self.join_signal() + self.join_kem()
        master = hkdf_extract(self.s0, exports)
        keys = {name: derive(master, name, self.th1) for name in ("finish A", "finish B", "aes", "pair", "exporter")}
        self.finish_keys = {role: keys[f"finish {role}"] for role in "AB"}
        self.aes_0, self.pair_secret = keys["aes"], keys["pair"]
        self.note(master=master, aes0=keys["aes"], pairSecret=keys["pair"], exporter=keys["exporter"])
        self.note(finishKeyA=keys["finish A"], finishKeyB=keys["finish B"])

    def join_mls(self):
        group_id = sha256(b"enk/v1 mls group", self.th0)
        identities = (self.identity["A"], self.identity["B"])
        welcome = self.pdus_a[4]
        self.mls = Group(
            self.secrets,
            group_id,
            identities,
            self.now_ms,
            self.pdus_b[0]["keyPackage"],
            welcome["welcome"],
            welcome["tree"],
        )
        authenticator = self.mls.epoch_authenticator
        require(self.pdus_b[4]["epochAuthenticator"] == authenticator, "epoch authenticator")
        exported = self.mls.export(b"enk/v1 hs", self.th0, 32)
        self.note(mlsGroupId=group_id, mlsEpochAuthenticator=authenticator, mlsExport=exported)
        return exported

    def join_signal(self):
        complete, signed_prekey = self.pdus_a[5], self.pdus_b[1]["signedPrekey"]
        dh, ephemeral = self.secrets.dh, complete["ephemeralKey"]
        root, chain, x = pqxdh(
            [
                dh(self.dh_key["A"], signed_prekey),
                dh(ephemeral, self.dh_key["B"]),
                dh(ephemeral, signed_prekey),
                self.secrets.shared(complete["kemCiphertext"]),
            ]
        )
        associated_data = self.dh_key["A"] + self.dh_key["B"] + self.th0
        common = (self.secrets, associated_data, root, chain, signed_prekey)
        self.signal = {"A": SignalParty.initiator(*common), "B": SignalParty.responder(*common)}
        require(self.signal["A"].check_sent(complete["message"]) == self.th0, "first Signal message")
        require(self.signal["B"].open(complete["message"]) == self.th0, "first Signal message")
        exported = derive(x, "export", self.th0)
        self.note(signalRoot=root, signalChain=chain, signalX=x, signalExport=exported)
        return exported

    def join_kem(self):
        ek, ct = self.pdus_a[2]["ek"], self.pdus_b[2]["ct"]
        self.kem_root, exported = kem_secrets(self.secrets.shared(ct), self.th0, ek, ct)
        self.note(kemRoot0=self.kem_root, kemExport=exported)
        return exported

    def check_finishes(self):
        for role, transcript, finish in (("A", self.th1, self.pdus_a[6]), ("B", self.th2, self.pdus_b[5])):
            signed = signed_bytes(f"finish {role}", transcript)
            verify(self.identity[role], signed, finish["signature"], f"finish signature of {role}")
            mac = hmac(self.finish_keys[role], transcript + finish["signature"])
            require(mac == finish["mac"], f"finish MAC of {role}")


def without_binders(hello):
    return encode({**hello, "psks": [{"kind": psk["kind"], "id": psk["id"]} for psk in hello["psks"]]})


def binder(psk, role, content):
    return hmac(derive(hkdf_extract(bytes(32), psk), f"binder {role}", b""), content)


def open_all(key, frames, count):
    require(len(frames) == count, "number of frames")
    opened = []
    for counter, raw in enumerate(frames):
        frame = decode_sealed(raw, HANDSHAKE)
        require((frame.gen, frame.ctr) == (0, counter), "another handshake frame than the next")
        opened.append(aead_open(key, bytes(4) + u64(counter), frame.header, frame.ciphertext))
    return opened
