"""The reference checked against itself: what it must refuse, and that native_channel.json is what it writes.

The list of refusals is what docs/native-channel.md, 20.2 asks of every implementation.
"""
import collections
import os
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import reference_channel as ref
from reference_channel import ALL, EPOCH, MODERN, SUITES, T_DATA, Client, Direction, Fail, Refused, Silent, bit
from reference_vectors import FIXED, dump, pair, shake, source, vectors

VECTORS = pathlib.Path(__file__).with_name("native_channel.json")
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))

refusals = collections.Counter()
problems = []


def refuse(kind, error, call, *arguments, why=None, **named):
    """The call must raise `error` and nothing else; with `why`, for this reason and no other."""
    refusals[kind] += 1
    try:
        call(*arguments, **named)
    except error as refused:
        expect(f"{kind}: refused for {refused}", why in (None, str(refused)))
        return
    except Exception as other:
        problems.append(f"{kind}: {other!r}")
        return
    problems.append(f"{kind}: accepted")


def expect(kind, claim):
    if not claim:
        problems.append(kind)


def flips(message, every_bit=True):
    """The message with one bit changed: each bit, or one bit of each byte."""
    for i in range(len(message) * (8 if every_bit else 1)):
        changed = bytearray(message)
        changed[i // 8 if every_bit else i] ^= 1 << (i % 8)
        yield bytes(changed)


def cuts(message):
    return (message[:i] for i in range(len(message)))


def answered(tag, n, **mode):
    c, s = pair(tag, bit(n), **mode)
    return (c, s) + s.answer(c.m1)


def check_groups():
    def probably_prime(n):
        return all(pow(base, n - 1, n) == 1 for base in (2, 3, 5, 7, 11))

    for p, _ in ref.FF.values():
        safe = probably_prime(p) and probably_prime((p - 1) // 2)
        expect("group", safe and p % 8 == 7 and pow(2, (p - 1) // 2, p) == 1)


def check_primitives():
    """3DES against the three-key example of SP 800-67, Poly1305 against RFC 8439, 2.5.2."""
    key = bytes.fromhex("0123456789abcdef23456789abcdef01456789abcdef0123")
    blocks = Cipher(algorithms.TripleDES(key), modes.ECB()).encryptor().update(b"The qufck brown fox jump")
    expect("3DES", blocks.hex() == "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900")
    key = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    tag = ref.poly1305(key, b"Cryptographic Forum Research Group")
    expect("Poly1305", tag.hex() == "a8061dc1305136c6c22b8baf0c0127a9")


def check_vectors():
    expect("native_channel.json differs", VECTORS.exists() and VECTORS.read_text() == dump())
    sizes = collections.defaultdict(set)
    for v in vectors()["handshakes"]:
        sizes[SUITES[v["suite"]][1]].add(tuple(len(v[m]) for m in ("m1", "m2", "m3", "m4")))
    expected = {"X25519": (137, 68, 148, 147), "DH2048": (393, 324, 148, 147), "DH1024": (265, 196, 148, 147)}
    expect(f"sizes {dict(sizes)}", sizes == {group: {lengths} for group, lengths in expected.items()})


def check_altered_handshakes():
    """Every bit (suites 1 and 5) or byte changed, every cut, one byte more. The other suites share these messages."""
    for n in SUITES:
        for mode in (dict(), dict(fixed=True), dict(fixed=True, pin=False), dict(client=True)):
            if n in (1, 5, 9) or not mode:
                check_altered_handshake(n, mode, every_bit=n in (1, 5) and mode != dict(fixed=True))


def check_altered_handshake(n, mode, every_bit):
    c, s, m2, m3 = answered("neg", n, **mode)
    m4 = c.answer(m2, m3)

    def server(m1):
        pair("neg", bit(n), **mode)[1].answer(m1)

    def client(m2, m3):
        pair("neg", bit(n), **mode)[0].answer(m2, m3)

    for m in flips(c.m1, every_bit):
        refuse("M1 changed", Silent, server, m)
    for m in cuts(c.m1):
        refuse("M1 cut", Silent, server, m)
    refuse("M1 longer", Silent, server, c.m1 + b"\0")
    for m in flips(m2, every_bit):
        refuse("M2 changed", Fail, client, m, m3)
    for m in cuts(m2):
        refuse("M2 cut", Fail, client, m, m3)
    for m in flips(m3, every_bit):
        refuse("M3 changed", Fail, client, m2, m)
    for m in cuts(m3):
        refuse("M3 cut", Fail, client, m2, m)
    for m in flips(m4, every_bit):
        refuse("M4 changed", Fail, s.finish, m)
    for m in cuts(m4):
        refuse("M4 cut", Fail, s.finish, m)
    refuse("M4 longer", Fail, s.finish, m4 + b"\0")
    s.finish(m4)  # the refusals changed nothing


def check_sealed_contents():
    """What only a holder of the handshake keys can send: each part of M3 and M4 wrong by itself under a right tag."""

    def changed(content, at):
        return content[:at] + bytes([content[at] ^ 2]) + content[at + 1 :]

    for client_key in (False, True):
        c, s, m2, m3 = answered("sealed", 1, client=client_key)
        m4, k, th1, th2 = c.answer(m2, m3), s.keys, s.v["th1"], s.v["th2"]

        def server(ident, fin=None):
            return Direction(k.s_hs, k.cipher).seal(ref.T_SERVER, ident + (fin or k.fin(k.s_hs, th1 + ident)))

        def client(ident, fin=None):
            return Direction(k.c_hs, k.cipher).seal(ref.T_CLIENT, ident + (fin or k.fin(k.c_hs, th2 + ident)))

        _, content = Direction(k.s_hs, k.cipher).open(m3)
        ident, fin = content[:97], content[97:]
        expect("M3 made anew", server(ident) == m3)
        for at, why in ((0, "pin"), (32, "flags"), (33, "signature"), (96, "signature")):
            refuse("M3 wrong under a right tag", Fail, c.answer, m2, server(changed(ident, at)), why=why)
        refuse("M3 wrong under a right tag", Fail, c.answer, m2, server(ident, changed(fin, 0)), why="finished")
        refuse("M3 wrong under a right tag", Fail, c.answer, m2, server(ident + b"\0", fin), why="length")

        _, content = Direction(k.c_hs, k.cipher).open(m4)
        ident, fin = content[:96], content[96:]
        expect("M4 made anew", client(ident) == m4)
        reasons = ("client key", "client signature") if client_key else ("client key not asked for",) * 2
        for at, why in zip((0, 95), reasons):
            refuse("M4 wrong under a right tag", Fail, s.finish, client(changed(ident, at)), why=why)
        refuse("M4 wrong under a right tag", Fail, s.finish, client(ident, changed(fin, 0)), why="finished")
        refuse("M4 wrong under a right tag", Fail, s.finish, client(ident + b"\0", fin), why="length")


def check_identities():
    """Wrong pin, label, fixed key, client key, own key; an answer replayed into another session."""
    rnd = source("x")
    for n in SUITES:
        c, s = pair("a", bit(n))
        other, _ = pair("b", bit(n))
        refuse("wrong pin: server stays silent", Silent, s.answer, other.m1)
        m2, m3 = s.answer(c.m1)
        refuse("answer of another session", Fail, other.answer, m2, m3)
        c.pin = OTHER_KEY.public_key().public_bytes(**ref.RAW)
        refuse("wrong pin: client refuses", Fail, c.answer, m2, m3, why="pin")
        refuse("wrong label", Refused, s.answer, pair("a", bit(n), label=b"FTP")[0].m1)
        c, with_fixed = pair("a", bit(n), fixed=True)
        refuse("fixed key not configured", Silent, s.answer, c.m1)
        refuse("fixed key missing", Silent, with_fixed.answer, pair("a", bit(n))[0].m1)
        for pin in (with_fixed.pk, None):
            c = Client(rnd, b"TOP", bit(n), pin, b"\7" * 32)
            refuse("wrong fixed key", Silent, with_fixed.answer, c.m1)
        c = Client(rnd, b"TOP", bit(n), None, FIXED, own=with_fixed.pk)
        refuse("own host key (no pin)", Fail, c.answer, *with_fixed.answer(c.m1), why="own key")
        for kind, key in (("client key not listed", OTHER_KEY), ("client key missing", None)):
            c, s, m2, m3 = answered("a", n, client=True)
            c.sk = key
            refuse(kind, Fail, s.finish, c.answer(m2, m3), why="client key")


def check_refusals():
    for n in SUITES:
        c, s = pair("a", bit(n), allowed=ALL & ~bit(n))
        refuse("suite not allowed", Refused, s.answer, c.m1)
        refuse("REFUSE is final", Refused, c.answer, ref.frame(ref.T_REFUSE, b"\1"), b"")
    ftp, _ = pair("code", bit(5), label=b"FTP")
    _, top = pair("code", bit(5))
    cases = [(top, ftp, 2)]
    for offers, code in ((ALL, 1), (ALL & ~MODERN, 4), (bit(9), 4)):
        c, s = pair("code", offers, allowed=ALL & ~offers)
        cases.append((s, c, code))
    for s, c, code in cases:
        try:
            s.answer(c.m1)
            problems.append(f"REFUSE {code}: accepted")
        except Refused as refused:
            expect(f"REFUSE {refused} instead of {code}", refused.args[0] == code)


def check_offers():
    """Every value of the offers field, with a mac1 that is right."""
    c, s = pair("mask", ALL)
    for mask in range(1 << 16):
        if not mask & ~ALL and mask and ref.needs(mask) == ref.needs(ALL):
            continue
        unsigned = c.m1[:87] + struct.pack(">H", mask) + c.m1[89:-16]
        mac = ref.HM(ref.mac1_key(None, c.hid, s.pk), unsigned)[:16]
        refuse("offers value", Silent, s.answer, unsigned + mac)


def check_shares():
    for n in (3, 9):
        p, size = ref.FF[SUITES[n][1]]
        c, _, m2, m3 = answered("share", n)
        for y in (0, 1, p - 1, p, p + 1, (1 << 8 * size) - 1):
            refuse("bad finite-field share", Fail, c.answer, m2[:68] + y.to_bytes(size, "big"), m3, why="share")
    low_order = [
        bytes(32),
        b"\1" + bytes(31),
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        *((2**255 - d).to_bytes(32, "little") for d in (20, 19, 18)),
    ]
    c, _, m2, m3 = answered("share", 1)
    for share in low_order:
        refuse("low-order X25519 share", Fail, c.answer, m2[:36] + share, m3, why="share")


def check_records(n):
    c, s = pair("rec", bit(n))
    shake(c, s)
    cipher, secret = SUITES[n][0], c.out.secret
    f = [c.out.seal(T_DATA, b"record %d" % i) for i in range(4)]

    def open_at(record, seq=0, secret=secret, cipher=cipher):
        return Direction(secret, cipher).at(seq).open(record)

    for record in flips(f[0]):
        refuse("record changed", Fail, open_at, record)
    for record in cuts(f[0]):
        refuse("record cut", Fail, open_at, record)
    refuse("record longer", Fail, open_at, f[0] + b"\0")
    for i, record in enumerate(f):
        for seq in {0, 1, 2, 3, 1024} - {i}:
            refuse("record out of order", Fail, open_at, record, seq)
    for kind, record in (("record replayed", f[0]), ("record dropped", f[2])):
        d = Direction(secret, cipher)
        d.open(f[0])
        refuse(kind, Fail, d.open, record)
    refuse("record reflected", Fail, open_at, f[0], secret=s.out.secret)
    for other in {ref.AES256, ref.CHACHA20, ref.DES168} - {cipher}:
        refuse("other cipher", Fail, open_at, f[0], cipher=other)
    for size in (0, 1, 7, 8, 9, 4096, ref.MAX_CONTENT):
        content = os.urandom(size)
        opened = Direction(secret, cipher).open(Direction(secret, cipher).seal(T_DATA, content))
        expect("round trip", opened == (T_DATA, content))
    check_epochs(secret, cipher)


def check_epochs(secret, cipher):
    sender, receiver = (Direction(secret, cipher).at(EPOCH - 1) for _ in range(2))
    last, first = (sender.seal(T_DATA, b"x") for _ in range(2))
    refuse("records swapped at an epoch's end", Fail, receiver.at(EPOCH - 1).open, first)
    refuse("secret of the old epoch", Fail, Direction(secret, cipher).at(EPOCH).open, last)
    expect("epoch", receiver.open(last) == receiver.open(first) == (T_DATA, b"x") and receiver.secret != secret)
    at_limit = Direction(secret, cipher).at(ref.LIMIT[cipher])
    at_limit.epoch = at_limit.seq // EPOCH
    refuse("record limit", Fail, at_limit.seal, T_DATA, why="limit")


def check_des168_keys():
    """No two records share a key, and no counter can carry into the nonce."""
    d = Direction(bytes(32), ref.DES168)
    seen = set()
    for d.seq in range(3 * EPOCH):
        k, c0, otk = d.keys()
        expect("C0 alignment", c0 & 0x7FF == 0)
        seen |= {k, otk}
    expect("record key repeats", len(seen) == 6 * EPOCH)


def check_data_channel(n):
    rnd = source("x")
    c, s = pair("data", bit(n), label=b"FTP")
    shake(c, s)
    c2, s2 = pair("data2", bit(n), label=b"FTP")
    shake(c2, s2)
    token, cipher, random = rnd("tok", 16), SUITES[n][0], rnd("2", 32)
    d1 = ref.data_open(c.exp, token, rnd("1", 32))
    for m in flips(d1):
        refuse("D1 changed", Silent, ref.data_accept, {token: s.exp}, cipher, m, random)
    for m in cuts(d1):
        refuse("D1 cut", Silent, ref.data_accept, {token: s.exp}, cipher, m, random)
    refuse("token of another session", Silent, ref.data_accept, {token: s2.exp}, cipher, d1, random)
    tokens = {token: s.exp}
    wrong_mac = d1[:-1] + bytes([d1[-1] ^ 1])
    refuse("wrong MAC keeps the token", Silent, ref.data_accept, tokens, cipher, wrong_mac, random, why="mac")
    d2, server_inp, server_out = ref.data_accept(tokens, cipher, d1, random)
    refuse("token used twice", Silent, ref.data_accept, tokens, cipher, d1, random, why="token")
    for m in flips(d2):
        refuse("D2 changed", Fail, ref.data_finish, c.exp, token, cipher, d1, m)
    client_out, client_inp = ref.data_finish(c.exp, token, cipher, d1, d2)
    expect("READY", server_inp.open(client_out.seal(ref.T_READY)) == (ref.T_READY, b""))
    expect("data channel", client_inp.open(server_out.seal(T_DATA, b"f")) == (T_DATA, b"f"))
    refuse("control record on data channel", Fail, server_inp.open, c.out.seal(T_DATA, b"f"))


def check_card():
    rnd = source("card")
    key = Ed25519PrivateKey.from_private_bytes(rnd("host key", 32))
    public = key.public_key().public_bytes(**ref.RAW)
    card = ref.make_card(key, "host.example", "2026-11-23", [(23450, "TOP", [9, 1])])
    expect("card", ref.read_card(card.replace(b"\n", b"\r\n")) == ("host.example", public))
    for changed in flips(card):
        refuse("card changed", Fail, ref.read_card, changed)
    for cut in cuts(card):
        refuse("card cut", Fail, ref.read_card, cut)
    other = OTHER_KEY.public_key().public_bytes(**ref.RAW).hex().encode()
    forged = ref.make_card(OTHER_KEY, "host.example", "2026-11-23", []).replace(other, public.hex().encode())
    refuse("card signed by another key", Fail, ref.read_card, forged, why="card signature")


def check_fixed_key():
    text = ref.fixed_text(FIXED)
    expect("fixed key text", ref.fixed_read(text.upper()) == FIXED)
    for i, digit in enumerate(text):
        if digit != "-":
            typed = text[:i] + ("1" if digit == "0" else "0") + text[i + 1 :]
            refuse("fixed key typing error", Fail, ref.fixed_read, typed)


def run():
    check_groups()
    check_primitives()
    check_vectors()
    check_altered_handshakes()
    check_sealed_contents()
    check_identities()
    check_refusals()
    check_offers()
    check_shares()
    for n in (1, 2, 5):  # one suite of each cipher
        check_records(n)
    check_des168_keys()
    for n in (1, 2, 9):
        check_data_channel(n)
    check_card()
    check_fixed_key()
    for kind, count in refusals.items():
        print(f"{count:7}  {kind}")
    print(f"{sum(refusals.values()):7}  refusals in all; {len(problems)} problems")
    for problem in problems[:20]:
        print("PROBLEM", problem)
    return 1 if problems else 0
