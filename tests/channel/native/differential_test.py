"""Random sessions of the native channel between our code and the reference, in either role.

    differential_test.py NATIVE_TOOL [SEED [SESSIONS]]

Prints the seed that repeats a run. Our side is tests/support/native_tool.cpp, which also says what its lines mean.
"""
import pathlib
import random
import subprocess
import sys
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "vectors"))
import reference_channel as ref  # noqa: E402

TOOL = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
SESSIONS = int(sys.argv[3]) if len(sys.argv) > 3 else 200

LABEL = b"TOP"
TYPES = [ref.T_DATA, ref.T_CLOSE, ref.T_ABORT, ref.T_PING, ref.T_CTRL, ref.T_READY]
MODES = ("pin", "pin and fixed key", "fixed key", "client key")
REFUSED = {1: "no_common_suite", 2: "wrong_label", 4: "legacy_suites_refused"}
TOLD = {1: "refused_suite", 2: "refused_label", 4: "refused_legacy"}


class Said(Exception):
    """The tool answered with an error; its name is the argument."""


class Tool:
    def __init__(self):
        self.process = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *words):
        line = " ".join(w.hex() or "-" if isinstance(w, bytes) else "-" if w is None else str(w) for w in words)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        kind, _, value = self.process.stdout.readline().rstrip("\n").partition(" ")
        if kind == "error":
            raise Said(value)
        if kind != "ok":
            raise AssertionError(f"the tool ended on: {line[:200]}")
        return value

    def bytes(self, *words):
        return bytes.fromhex(self(*words))

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Session:
    """What both sides of one session are told."""

    def __init__(self, rng, mode, offers, allowed):
        self.rng, self.offers, self.allowed = rng, offers, allowed
        self.host_key = self.signing_key()
        self.client_key = self.signing_key() if mode == "client key" else None
        self.fixed = rng.randbytes(32) if "fixed" in mode else None
        self.pin = None if mode == "fixed key" else public(self.host_key)
        self.other_fixed = rng.randbytes(32)
        self.other_client = public(self.signing_key())

    def signing_key(self):
        return Ed25519PrivateKey.from_private_bytes(self.rng.randbytes(32))

    def drawn(self, _label, n):
        return self.rng.randbytes(n)

    def reference_client(self):
        return ref.Client(self.drawn, LABEL, self.offers, self.pin, self.fixed, self.client_key)

    def reference_server(self):
        fixed = [self.other_fixed, self.fixed] if self.fixed else ()
        clients = [self.other_client, public(self.client_key)] if self.client_key else None
        return ref.Server(self.drawn, LABEL, self.allowed, self.host_key, fixed, clients)

    def our_client(self, tool):
        seed = private(self.client_key) if self.client_key else None
        return tool.bytes("client", "TOP", self.offers, self.pin, self.fixed, seed, None, self.rng.getrandbits(60))

    def our_server(self, tool):
        fixed = ",".join(k.hex() for k in (self.other_fixed, self.fixed)) if self.fixed else None
        clients = ",".join(k.hex() for k in (self.other_client, public(self.client_key))) if self.client_key else None
        tool("host", "TOP", self.allowed, private(self.host_key), fixed, clients, self.rng.getrandbits(60))


def public(key):
    return key.public_key().public_bytes(**ref.RAW)


def private(key):
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


class Differential(unittest.TestCase):
    def setUp(self):
        self.tool = Tool()
        self.addCleanup(self.tool.close)

    def test_every_suite_in_every_mode_and_both_roles(self):
        for n in ref.SUITES:
            for mode in MODES:
                for role in (self.as_client, self.as_server):
                    rng = random.Random(f"{SEED} {n} {mode} {role.__name__}")
                    with self.subTest(seed=SEED, suite=n, mode=mode, role=role.__name__):
                        role(Session(rng, mode, rng.getrandbits(9) | ref.bit(n), ref.bit(n)))

    def test_random_sessions(self):
        for i in range(max(0, SESSIONS - 72)):
            rng = random.Random(f"{SEED} {i}")
            role = rng.choice((self.as_client, self.as_server))
            with self.subTest(seed=SEED, session=i):
                role(Session(rng, rng.choice(MODES), rng.randint(1, ref.ALL), rng.randint(0, ref.ALL)))

    def as_client(self, session):
        m1 = session.our_client(self.tool)
        server = session.reference_server()
        try:
            m2, m3 = server.answer(m1)
        except ref.Refused as refused:
            refusal = ref.frame(ref.T_REFUSE, bytes(refused.args))
            self.assert_says(TOLD[refused.args[0]], "answer", refusal)
            return
        # A changed message is refused; a client is used once, so another one of the same settings has to bear it.
        changed, which = self.changed(session.rng, (m2, m3))
        session.our_client(self.tool)
        with self.assertRaises(Said):
            self.tool("answer", changed[0])
            self.tool("server", changed[1])
            self.fail(f"M{2 + which} changed: accepted")

        m1 = session.our_client(self.tool)
        m2, m3 = server.answer(m1)
        self.tool("answer", m2)
        server.finish(self.tool.bytes("server", m3))
        self.assertEqual(self.tool.bytes("exporter"), server.exp)
        self.exchange(session.rng, server.out, server.inp)
        cipher = ref.SUITES[server.suite][0]
        token = session.rng.randbytes(16)
        d1 = self.tool.bytes("data-open", token)
        d2, inp, out = ref.data_accept({token: server.exp}, cipher, d1, session.rng.randbytes(32))
        self.assert_refused("data-answer", self.changed(session.rng, (d2,))[0][0])
        self.tool("data-answer", d2)
        self.exchange(session.rng, out, inp)

    def as_server(self, session):
        client = session.reference_client()
        session.our_server(self.tool)
        try:
            reference = session.reference_server()
            reference.answer(client.m1)
        except ref.Refused as refused:
            self.assert_says(REFUSED[refused.args[0]], "hello", client.m1)
            return
        self.assert_says("stranger", "hello", self.changed(session.rng, (client.m1,))[0][0])
        m2, m3 = self.split(self.tool.bytes("hello", client.m1))
        m4 = client.answer(m2, m3)
        self.assertEqual(client.suite, reference.suite)
        self.assert_refused("finish", self.changed(session.rng, (m4,))[0][0])
        client = session.reference_client()
        session.our_server(self.tool)
        self.tool("finish", client.answer(*self.split(self.tool.bytes("hello", client.m1))))
        self.assertEqual(self.tool.bytes("exporter"), client.exp)
        self.exchange(session.rng, client.out, client.inp)
        token = self.tool.bytes("token")
        d1 = ref.data_open(client.exp, token, session.rng.randbytes(32))
        self.assert_says("stranger", "data-accept", self.changed(session.rng, (d1,))[0][0])
        d2 = self.tool.bytes("data-accept", d1)
        self.assert_says("stranger", "data-accept", d1)
        out, inp = ref.data_finish(client.exp, token, ref.SUITES[client.suite][0], d1, d2)
        self.exchange(session.rng, out, inp)

    def exchange(self, rng, sending, receiving):
        """Records both ways: `sending` and `receiving` are the reference's directions."""
        for _ in range(1040 if rng.random() < 0.03 else rng.randint(1, 12)):
            typ = rng.choice(TYPES)
            size = rng.choice((0, 1, 7, 8, 9, 16, rng.randint(0, 300), rng.randint(0, 300), 16384))
            content = rng.randbytes(size)
            if rng.random() < 0.5:
                self.assertEqual(receiving.open(self.tool.bytes("seal", typ, content)), (typ, content))
            else:
                opened = self.tool("open", sending.seal(typ, content)).split(" ")
                self.assertEqual((int(opened[0]), bytes.fromhex(opened[1] if len(opened) > 1 else "")), (typ, content))
        self.assert_refused("open", self.changed(rng, (sending.seal(ref.T_DATA, b"the last"),))[0][0])

    @staticmethod
    def split(reply):
        return reply[:-148], reply[-148:]

    @staticmethod
    def changed(rng, messages):
        """One bit of one message changed, or that message cut or lengthened."""
        messages = list(messages)
        which = rng.randrange(len(messages))
        message = bytearray(messages[which])
        kind = rng.random()
        if kind < 0.1:
            del message[rng.randrange(len(message)) :]
        elif kind < 0.2:
            message += rng.randbytes(rng.randint(1, 20))
        else:
            message[rng.randrange(len(message))] ^= 1 << rng.randrange(8)
        messages[which] = bytes(message)
        return messages, which

    def assert_refused(self, *words):
        with self.assertRaises(Said):
            self.tool(*words)

    def assert_says(self, name, *words):
        with self.assertRaises(Said) as said:
            self.tool(*words)
        self.assertEqual(said.exception.args[0], name)

    def test_cards(self):
        for i in range(100):
            rng = random.Random(f"{SEED} card {i}")
            key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
            suites = list(ref.NAME)
            services = [
                (rng.randint(1, 65535), rng.choice(("TOP", "FTP", "A-1")), rng.sample(suites, rng.randint(1, 9)))
                for _ in range(rng.randint(0, 32))
            ]
            host = "".join(rng.choices("abcXYZ019.:-", k=rng.randint(1, 253)))
            card = ref.make_card(key, host, "2026-11-23", services)
            with self.subTest(seed=SEED, card=i):
                self.assertEqual(self.tool.bytes("card", card), public(key))
                self.assertEqual(self.tool.bytes("card", card.replace(b"\n", b"\r\n")), public(key))
                self.assert_refused("card", self.changed(rng, (card,))[0][0])

    def test_fixed_keys(self):
        for i in range(200):
            rng = random.Random(f"{SEED} fixed {i}")
            key = rng.randbytes(32)
            text = ref.fixed_text(key)
            spaced = "".join(rng.choice(("", " ", "-")) + (c.upper() if rng.random() < 0.5 else c) for c in text)
            typed = list(text)
            where = rng.choice([at for at, c in enumerate(text) if c != "-"])
            typed[where] = rng.choice([c for c in "0123456789abcdefgO " if c != text[where]])
            with self.subTest(seed=SEED, key=i):
                self.assertEqual(self.tool.bytes("fixed", text.encode()), key)
                self.assertEqual(self.tool.bytes("fixed", spaced.encode()), key)
                self.assert_refused("fixed", "".join(typed).encode())


if __name__ == "__main__":
    print(f"seed {SEED}, {SESSIONS} sessions", flush=True)
    unittest.main(argv=sys.argv[:1], verbosity=2)
