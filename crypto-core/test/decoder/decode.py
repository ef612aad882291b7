"""The second decoder of the golden vectors: `python3 decode.py FOLDER [FILE…]`.

Written from SPEC.md, it shares no code and no library with the package: Python's standard library and the
distribution's `cryptography`. It starts from the recorded secrets and derives every key itself. One line a file;
the exit status tells whether all opened.
"""

import copy
import json
import sys
import traceback
from pathlib import Path

import wire
from handshake import Handshake
from mls import Group
from primitives import PROFILE, Refused, Secrets, aead_open, derive, require, u64
from ratchets import KemParty, RecordKey, SignalParty, kem_secrets, pqxdh
from session import Party, replay


def unhex(text):
    return bytes.fromhex(text)


def check_pipeline(vector):
    data = unhex(vector["plaintext"])
    for layer in vector["layers"]:
        data += unhex(layer["appends"])
    require(data == unhex(vector["ciphertext"]), "pipeline")
    for layer in reversed(vector["layers"]):
        require(data[-1:] == unhex(layer["appends"]), "another layer")
        data = data[:-1]
    require(data == unhex(vector["plaintext"]), "pipeline, backwards")
    return f"{len(vector['layers'])} mock layers"


def check_chunks(vector):
    require(chunk_count(vector["sizeBytes"], vector["chunkBytes"]) == vector["chunks"], "chunks")
    return f"{vector['chunks']} chunks"


def chunk_count(size, chunk_size):
    return max(1, -(-size // chunk_size))


def check_mls(vector):
    identities = (unhex(vector["identityKeys"]["A"]), unhex(vector["identityKeys"]["B"]))
    parts = [unhex(vector[name]) for name in ("keyPackage", "welcome", "ratchetTree")]
    group = Group(Secrets(vector["secrets"]), unhex(vector["groupId"]), identities, vector["nowMs"], *parts)
    values = vector["values"]
    found = {
        "epochAuthenticator": group.epoch_authenticator.hex(),
        "senderDataSecret": group.secret(b"sender data").hex(),
        "exporterSecret": group.secret(b"exporter").hex(),
        "exportContext": values["exportContext"],
        "export": group.export(b"enk/v1 hs", unhex(values["exportContext"]), 32).hex(),
    }
    require(found == values, "values of the epoch")
    ratchets = {role: group.ratchet("AB".index(role)) for role in "AB"}
    sealed = {}
    for message in vector["messages"]:
        if message["op"] == "seal":
            plaintext = ratchets[message["by"]].open(unhex(message["bytes"]))
            require(plaintext == unhex(message["plaintext"]), "plaintext")
            sealed[message["bytes"]] = message
        else:
            require(message["op"] == "open", "a known operation")
            other = sealed.pop(message["bytes"])
            require(other["plaintext"] == message["plaintext"] and other["by"] != message["by"], "what was sealed")
    require(not sealed and vector["messages"], "every message is opened once")
    return f"Welcome, tree, key schedule, {len(vector['messages']) // 2} messages"


def check_handshake(vector):
    handshake = Handshake(vector)
    require(handshake.values == vector["values"], "values of the key schedule")
    result = vector["result"]
    derived = (handshake.values["th0"], handshake.kind, handshake.values["pairSecret"], handshake.values["exporter"])
    stated = (result["sessionId"], result["pskKind"], result["pairSecret"], result["exporter"])
    require(derived == stated, "result of the handshake")
    return handshake


def check_handshakes(vector):
    kinds = [check_handshake(one).kind for one in vector["handshakes"]]
    frames = sum(len(one["frames"]) for one in vector["handshakes"])
    return f"{len(kinds)} handshakes (PSK kinds {', '.join(map(str, kinds))}), {frames} frames"


def check_reconnects(vector):
    first, current, previous, none = vector["handshakes"]
    kinds = [one["result"]["pskKind"] for one in vector["handshakes"]]
    require(kinds == [1, 2, 2, 0], "PSK kinds")
    offer = current["psksOffered"][0]
    pair = unhex(first["result"]["pairSecret"])
    require(unhex(offer["secret"]) == pair, "the pair secret of the first handshake is offered")
    for psk in (psk for one in (current, previous) for psk in one["psksOffered"] + one["psksKnown"]):
        if psk["kind"] == 2:
            require(derive(unhex(psk["secret"]), "psk id", b"")[:16].hex() == psk["id"], "id of a pair secret")
    require([psk["kind"] for psk in current["psksOffered"]][0] == 2, "a pair secret first")
    require(previous["psksOffered"][0]["id"] == previous["psksKnown"][1]["id"], "B knows it as the previous one")
    require(len({one["result"]["pairSecret"] for one in vector["handshakes"]}) == 4, "fresh pair secrets")
    require(none["frames"] != [], "goes on without")
    return check_handshakes(vector)


def check_session(vector):
    handshake = check_handshake(vector["handshake"])
    return replay(handshake, vector)


def check_cascade(vector):
    return f"handshake, {check_session(vector)} frames opened by sender and receiver"


def check_rotation(vector):
    counted, rotated = check_session(vector["rekeyByCount"]), check_session(vector["rotations"])
    steps = vector["recordSteps"]
    require({frame["from"] for frame in steps["frames"]} == {"A", "B"}, "records of both directions, and no other")
    for direction in "AB":
        key = RecordKey(unhex(steps["aes0"]), unhex(steps["th1"]), direction, 0)
        for entry in (frame for frame in steps["frames"] if frame["from"] == direction):
            while key.counter < entry["counter"]:
                key.step()
            frame = wire.decode_sealed(unhex(entry["bytes"]), wire.PAYLOAD)
            require(key.open(frame) == unhex(entry["plaintext"]), "record")
    return f"2 handshakes, {counted + rotated} frames, {len(steps['frames'])} records around hash steps"


def check_ratchets(vector):
    return f"{check_signal(vector['signal'])} Signal messages, {check_kem(vector['mlKem'])} ML-KEM messages"


def check_signal(vector):
    secrets = Secrets(vector["secrets"])
    dh_a, dh_b = unhex(vector["dhKeys"]["A"]), unhex(vector["dhKeys"]["B"])
    prekey, ephemeral = unhex(vector["signedPrekey"]), unhex(vector["ephemeralKey"])
    shared = [secrets.dh(dh_a, prekey), secrets.dh(ephemeral, dh_b), secrets.dh(ephemeral, prekey)]
    root, chain, _ = pqxdh([*shared, secrets.shared(unhex(vector["kemCiphertext"]))])
    common = (secrets, dh_a + dh_b + unhex(vector["sessionId"]), root, chain, prekey)
    parties = {"A": SignalParty.initiator(*common), "B": SignalParty.responder(*common)}
    return check_messages(vector["messages"], parties)


def check_messages(messages, parties, before_seal=lambda _id: None):
    for message in messages:
        party = parties[message["by"]]
        require(message["op"] in ("seal", "open"), "a known operation")
        if message["op"] == "seal":
            before_seal(message["id"])
        act = party.check_sent if message["op"] == "seal" else party.open
        require(act(unhex(message["bytes"])) == unhex(message["plaintext"]), "plaintext")
    return sum(message["op"] == "open" for message in messages)


def check_kem(vector):
    secrets, session_id = Secrets(vector["secrets"]), unhex(vector["sessionId"])
    ek, ct = unhex(vector["encapsulationKey"]), unhex(vector["ciphertext"])
    root, _ = kem_secrets(secrets.shared(ct), session_id, ek, ct)
    parties = {role: KemParty(role, session_id, root, 0) for role in "AB"}
    rekeys = {rekey["beforeId"]: rekey for rekey in vector["rekeys"]}

    def rekey(message_id):
        if message_id not in rekeys:
            return
        ek, ct = unhex(rekeys[message_id]["encapsulationKey"]), unhex(rekeys[message_id]["ciphertext"])
        generation = parties["A"].generation + 1
        offerer, answerer = parties["AB"[generation % 2]], parties["BA"[generation % 2]]
        offerer.sent_offer({"gen": generation, "ek": ek})
        answerer.opened_offer({"gen": generation, "ek": ek})
        answer = {"gen": generation, "ct": ct}
        answerer.sent_answer(answer, secrets.shared(ct), 0)
        offerer.opened_answer(answer, secrets.shared(ct), 0)

    return check_messages(vector["messages"], parties, rekey)


def check_bulk(vector):
    standard = vector["standard"]
    frames = check_session(standard)
    fast = vector["fast"]
    opened = [open_attempt(fast, attempt) for attempt in fast["attempts"]]
    require(sorted(index for indices in opened for index in indices) == [0, 1, 2], "every chunk once")
    return f"{frames} frames of standard bulk, {sum(map(len, opened))} fast chunks"


def open_attempt(fast, attempt):
    file, size = unhex(fast["file"]), fast["chunkBytes"]
    key = derive(unhex(fast["fileKey"]), "bulk chunk", unhex(attempt["attemptId"]) + unhex(fast["sessionId"]))
    total = chunk_count(len(file), size)
    indices = []
    for raw in attempt["frames"]:
        frame = wire.decode_bulk_frame(unhex(raw))
        index = frame.ctr
        require(frame.gen == 0 and index < total and index not in indices, "index")
        associated_data = frame.header + unhex(fast["fileId"]) + u64(index) + u64(total) + u64(len(file))
        chunk = aead_open(key, bytes(4) + u64(index), associated_data, frame.ciphertext)
        require(chunk == file[index * size : (index + 1) * size], "chunk")
        indices.append(index)
    return indices


PARSERS = {
    "frame": wire.decode_frame,
    "bulk-frame": wire.decode_bulk_frame,
    "padding": wire.unpad,
    "control": wire.decode_control,
    "hello": wire.decode_hello,
    "finish": lambda raw: wire.decode_pdu(wire.FINISH, raw),
    "sync-response": lambda raw: wire.decode_pdu(wire.SYNC_RESPONSE, raw),
    "invite": lambda raw: wire.decode_invite(raw.decode()),
}


def check_errors(vector):
    for case in vector["parsers"]:
        raw = unhex(case["input"]) if "input" in case else case["text"].encode()
        code = code_of(PARSERS[case["parser"]], raw)
        require(code == case["code"], f"{case['parser']}, {case['name']}: {code} instead of {case['code']}")
    session = vector["session"]
    handshake = check_handshake(session["handshake"])
    for case in session["cases"]:
        result = open_case(handshake, case["frames"])
        require(result == case["result"], f"session, {case['name']}: {result} instead of {case['result']}")
    return f"{len(vector['parsers'])} inputs of parsers, {len(session['cases'])} of a session"


def code_of(parser, raw):
    try:
        parser(raw)
    except Refused as refusal:
        return refusal.code
    return "accepted"


def open_case(handshake, frames):
    """What B says of the last frame. After a refusal it opens nothing."""
    party = Party(copy.deepcopy(handshake), "B")
    try:
        for raw in frames:
            party.open(unhex(raw), handshake.now_ms)
    except Refused:
        return "rejected"
    return "pdu"


CHECKS = {
    "V1": check_pipeline,
    "V2": check_pipeline,
    "V3": check_mls,
    "V4": check_handshakes,
    "V5": check_ratchets,
    "V6": check_bulk,
    "V7": check_chunks,
    "V8": check_cascade,
    "V9": check_errors,
    "V10": check_reconnects,
    "V11": check_rotation,
}


def check_file(path):
    try:
        vector = json.loads(path.read_text(encoding="utf-8"))
        require(vector["profile"] == PROFILE, "profile")
        print(f"{vector['vector']}: {CHECKS[vector['vector']](vector['content'])}")
        return vector["vector"]
    except Exception as error:  # whatever it is: this file did not open
        print(f"{path.name}: FAILED: {type(error).__name__}: {error}")
        if not isinstance(error, Refused):
            traceback.print_exc(file=sys.stdout)
        return None


def main(folder, names):
    paths = [Path(folder, name) for name in names] or sorted(Path(folder).glob("*.json"))
    opened = [check_file(path) for path in paths]
    missing = [] if names else sorted(set(CHECKS) - set(opened))
    if None in opened or missing:
        print(f"FAILED: {opened.count(None)} of {len(paths)} files, missing {missing}")
        return 1
    print(f"opened {len(paths)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
