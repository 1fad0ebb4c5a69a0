#!/usr/bin/python3
"""Independent reference of the native channel, version 1: docs/native-channel.md, whose sections are cited here.

    reference_channel.py            writes the test vectors (native_channel.json) to standard output; always the same
    reference_channel.py --check    checks itself: round trips, negative cases, and native_channel.json as it stands

Needs python3-cryptography (38 or later). It is not constant time and keeps no secret safe: an oracle for tests, written
after the text alone, that shares no code with the programs.
"""
import hashlib
import hmac
import re
import struct
import sys
import warnings

warnings.filterwarnings("ignore")  # newer versions of the library warn that triple DES is old; we know

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.poly1305 import Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RAW = dict(encoding=Encoding.Raw, format=PublicFormat.Raw)


class Fail(Exception):
    """What arrived cannot be accepted."""


class Silent(Fail):
    """The same, and the server says nothing (18.1)."""


class Refused(Fail):
    """A REFUSE frame was sent or received; its code is the argument."""


# ---- 2 and 3: numbers, hash, key derivation --------------------------------------------------------------------
MAGIC = b"SPC1"
X25519, DH2048, DH1024 = "X25519", "DH2048", "DH1024"
AES256, CHACHA20, DES168 = "AES256", "CHACHA20", "DES168"
SUITES = {
    1: (AES256, X25519),
    2: (CHACHA20, X25519),
    3: (AES256, DH2048),
    4: (CHACHA20, DH2048),
    5: (DES168, X25519),
    6: (DES168, DH2048),
    7: (AES256, DH1024),
    8: (CHACHA20, DH1024),
    9: (DES168, DH1024),
}
NAME = {n: "%s,%s" % s for n, s in SUITES.items()}


def bit(n):
    return 1 << (n - 1)


MODERN = bit(1) | bit(2) | bit(3) | bit(4)
ALL = 0x1FF
T_HELLO, T_ANSWER, T_REFUSE, T_SERVER, T_CLIENT = 1, 2, 3, 4, 5
T_DATA, T_CLOSE, T_ABORT, T_PING, T_CTRL, T_READY = 0x10, 0x11, 0x12, 0x13, 0x14, 0x15
T_DOPEN, T_DANSWER, T_ENROL, T_CARD = 0x21, 0x22, 0x31, 0x32
MAX_CONTENT, EPOCH = 16384, 1024
LIMIT = {DES168: 1 << 26, AES256: 1 << 48, CHACHA20: 1 << 48}


def H(b):
    return hashlib.sha256(b).digest()


def HM(k, b):
    return hmac.new(k, b, hashlib.sha256).digest()


same = hmac.compare_digest


def extract(salt, ikm):
    return HM(salt, ikm)


def hkdf_expand(prk, info, n):
    out, t, i = b"", b"", 1
    while len(out) < n:
        t = HM(prk, t + info + bytes([i]))
        out += t
        i += 1
    return out[:n]


def expand(secret, label, ctx=b"", n=32):  # Expand-Label
    full = b"spc1 " + label
    return hkdf_expand(secret, struct.pack(">HB", n, len(full)) + full + bytes([len(ctx)]) + ctx, n)


def derive(secret, label, ctx=b""):  # Derive
    return expand(secret, label, ctx, 32)


def frame(t, body):
    return struct.pack(">BH", t, len(body)) + body


def unframe(b, want):
    if len(b) < 3 or b[0] != want or struct.unpack(">H", b[1:3])[0] != len(b) - 3:
        raise Fail("frame")
    return b[3:]


# ---- 5: key exchange --------------------------------------------------------------------------------------------
P1024 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
P2048 = int(
    "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF9"
    "7D2FE363630C75D8F681B202AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935"
    "984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61D108A94BB2C8E3FB"
    "B96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F61"
    "9172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA"
    "886B423861285C97FFFFFFFFFFFFFFFF",
    16,
)
FF = {DH2048: (P2048, 256), DH1024: (P1024, 128)}


def needs(offers):  # finite-field groups named by a mask, in wire order
    return [k for k in (DH2048, DH1024) if any(offers & bit(n) for n in SUITES if SUITES[n][1] == k)]


class Share:
    """The private and public values of one side, for the groups that it needs."""

    def __init__(self, groups, rnd):
        self.x = X25519PrivateKey.from_private_bytes(rnd("x25519", 32))
        self.e = {k: int.from_bytes(rnd(k.lower(), 32), "big") | 1 << 255 for k in groups}
        self.pub = {X25519: self.x.public_key().public_bytes(**RAW)}
        for k in groups:
            self.pub[k] = pow(2, self.e[k], FF[k][0]).to_bytes(FF[k][1], "big")

    def wire(self, groups):
        return self.pub[X25519] + b"".join(self.pub[k] for k in groups)

    def secret(self, kex, px, pf):  # Z
        z = b""
        if kex in FF:
            p, n = FF[kex]
            y = int.from_bytes(pf, "big")
            if len(pf) != n or not 2 <= y <= p - 2:
                raise Fail("share")
            z = pow(y, self.e[kex], p).to_bytes(n, "big")
        try:
            zx = self.x.exchange(X25519PublicKey.from_public_bytes(px))
        except ValueError:
            raise Fail("share")
        if not any(zx):
            raise Fail("share")
        return z + zx


# ---- 8: records --------------------------------------------------------------------------------------------------


def tdes_ctr(k, c0, data):
    e = Cipher(algorithms.TripleDES(k), modes.ECB()).encryptor()
    ks = b"".join(e.update((c0 | i).to_bytes(8, "big")) for i in range((len(data) + 7) // 8))
    return bytes(a ^ b for a, b in zip(data, ks))


def poly1305(k, m):
    p = Poly1305(k)
    p.update(m)
    return p.finalize()


class Direction:
    """One direction of one secret: seq counts frames; the secret moves on every EPOCH frames."""

    def __init__(self, secret, cipher):
        self.secret, self.cipher, self.seq, self.epoch = secret, cipher, 0, 0

    def at(self, seq):  # tests only: a copy placed at another sequence number
        d = Direction(self.secret, self.cipher)
        d.seq, d.epoch = seq, self.epoch
        return d

    def keys(self):
        if self.seq >= LIMIT[self.cipher]:
            raise Fail("limit")
        while self.epoch < self.seq // EPOCH:
            self.secret = derive(self.secret, b"upd")
            self.epoch += 1
        q = struct.pack(">Q", self.seq)
        if self.cipher == DES168:
            rk = derive(self.secret, b"rk")
            b = HM(rk, q + b"\1")
            return b[:24], int.from_bytes(b[24:], "big") & ~0x7FF, HM(rk, q + b"\2")
        iv = expand(self.secret, b"iv", n=12)
        return derive(self.secret, b"key"), bytes(a ^ b for a, b in zip(iv, bytes(4) + q)), None

    def seal(self, typ, content=b""):
        assert len(content) <= MAX_CONTENT
        head = struct.pack(">BH", typ, len(content) + 16)
        k, n, otk = self.keys()
        self.seq += 1
        if self.cipher == DES168:
            ct = tdes_ctr(k, n, content)
            return head + ct + poly1305(otk, head + ct)
        return head + (AESGCM if self.cipher == AES256 else ChaCha20Poly1305)(k).encrypt(n, content, head)

    def open(self, f):
        if len(f) < 19 or struct.unpack(">H", f[1:3])[0] != len(f) - 3 or len(f) > 3 + MAX_CONTENT + 16:
            raise Fail("length")
        head, ct, tag = f[:3], f[3:-16], f[-16:]
        k, n, otk = self.keys()
        if self.cipher == DES168:
            if not same(tag, poly1305(otk, head + ct)):
                raise Fail("tag")
            pt = tdes_ctr(k, n, ct)
        else:
            try:
                pt = (AESGCM if self.cipher == AES256 else ChaCha20Poly1305)(k).decrypt(n, f[3:], head)
            except Exception:
                raise Fail("tag")
        self.seq += 1
        return head[0], pt

    def expect(self, typ, f):
        t, c = self.open(f)
        if t != typ:
            raise Fail("type")
        return c


# ---- 4, 6, 7: handshake --------------------------------------------------------------------------------------------
def host_id(pk):
    return H(b"spc1 host id\0" + pk)


NO_PIN = bytes(32)
LABEL = re.compile(rb"[A-Z0-9-]{1,16}\0*\Z")


def import_fixed(fixed, hid):
    return extract(b"spc1 fixed key", fixed + hid) if fixed else bytes(32)


def mac1_key(fixed, hid, pk):
    return derive(import_fixed(fixed, hid), b"mac1") if fixed else H(b"spc1 mac1\0" + pk)


class Keys:
    """The schedule of section 6; `v` collects every intermediate value."""

    def __init__(self, fixed, hid, z, th1, cipher, v):
        self.imp = import_fixed(fixed, hid)
        self.hs = extract(derive(self.imp, b"kex"), z)
        self.c_hs, self.s_hs = derive(self.hs, b"c hs", th1), derive(self.hs, b"s hs", th1)
        self.cipher, self.v = cipher, v
        v.update(psk_imp=self.imp, z=z, hs=self.hs, th1=th1, c_hs=self.c_hs, s_hs=self.s_hs)

    def fin(self, which, what):
        return HM(derive(which, b"fin"), H(what))

    def app(self, th3):
        c, s, e = (derive(self.hs, label, th3) for label in (b"c ap", b"s ap", b"exp"))
        self.v.update(th3=th3, c_ap=c, s_ap=s, exp=e)
        del self.hs
        return Direction(c, self.cipher), Direction(s, self.cipher), e


SIG_S, SIG_C, SIG_CARD = b"spc1 server\0", b"spc1 client\0", b"spc1 card\0"


class Client:
    """`rnd(label, n)` yields n random bytes; `own` is a host key of this computer (7.3)."""

    def __init__(self, rnd, label, offers, pin=None, fixed=None, sk=None, own=None):
        assert pin or fixed
        self.rnd, self.offers, self.pin, self.fixed, self.sk, self.own, self.v = rnd, offers, pin, fixed, sk, own, {}
        self.hid = host_id(pin) if pin else NO_PIN
        self.share = Share(needs(offers), lambda label, n: rnd("client " + label, n))
        body = (
            rnd("client random", 32)
            + self.hid
            + label.ljust(16, b"\0")
            + struct.pack(">H", offers)
            + self.share.wire(needs(offers))
        )
        m = MAGIC + struct.pack(">BH", T_HELLO, len(body) + 16) + body
        self.m1 = m + HM(mac1_key(fixed, self.hid, pin), m)[:16]

    def answer(self, m2, m3):
        if m2[:1] == bytes([T_REFUSE]):
            b = unframe(m2, T_REFUSE)
            if len(b) != 1:
                raise Fail("frame")
            raise Refused(b[0])
        b = unframe(m2, T_ANSWER)
        if not b or b[0] not in SUITES or not self.offers & bit(b[0]):
            raise Fail("suite")
        cipher, kex = SUITES[b[0]]
        if len(b) != 65 + (FF[kex][1] if kex in FF else 0):
            raise Fail("length")
        z = self.share.secret(kex, b[33:65], b[65:])
        k = self.keys = Keys(self.fixed, self.hid, z, H(self.m1 + m2), cipher, self.v)
        self.suite = b[0]
        c = Direction(k.s_hs, cipher).expect(T_SERVER, m3)
        if len(c) != 129:
            raise Fail("length")
        pk, flags, sig, fin = c[:32], c[32], c[33:97], c[97:]
        if flags > 1:
            raise Fail("flags")
        if self.pin and not same(pk, self.pin):
            raise Fail("pin")
        if not self.pin and self.own and same(pk, self.own):
            raise Fail("own key")
        try:
            Ed25519PublicKey.from_public_bytes(pk).verify(sig, SIG_S + H(k.v["th1"] + c[:33]))
        except Exception:
            raise Fail("signature")
        if not same(fin, k.fin(k.s_hs, k.v["th1"] + c[:97])):
            raise Fail("finished")
        self.host_key = pk
        th2 = self.v["th2"] = H(self.m1 + m2 + m3)
        ident = bytes(96)
        if flags and self.sk:
            pkc = self.sk.public_key().public_bytes(**RAW)
            ident = pkc + self.sk.sign(SIG_C + H(th2 + pkc))
        m4 = Direction(k.c_hs, cipher).seal(T_CLIENT, ident + k.fin(k.c_hs, th2 + ident))
        self.out, self.inp, self.exp = k.app(H(self.m1 + m2 + m3 + m4))
        return m4


class Server:
    """`fixed` and `clients` hold the entry's fixed keys and client keys; clients is None where none is wanted."""

    def __init__(self, rnd, label, allowed, sk, fixed=(), clients=None):
        self.rnd, self.label, self.allowed, self.sk = rnd, label, allowed, sk
        self.fixed, self.clients, self.v = fixed, clients, {}
        self.pk = sk.public_key().public_bytes(**RAW)

    def answer(self, m1):
        try:  # fixed offsets only; nothing is said before mac1 is right
            if m1[:4] != MAGIC:
                raise Fail("magic")
            b = unframe(m1[4:], T_HELLO)
            if len(b) not in (130, 258, 386, 514):
                raise Fail("length")
        except Fail as e:
            raise Silent(str(e))
        hid, label, offers = b[32:64], b[64:80], struct.unpack(">H", b[80:82])[0]
        own = host_id(self.pk)
        if self.fixed:
            keys = list(self.fixed) if hid in (own, NO_PIN) else []
        else:
            keys = [None] if hid == own else []
        hit = [k for k in keys if same(m1[-16:], HM(mac1_key(k, hid, self.pk), m1[:-16])[:16])]
        if not hit:
            raise Silent("mac1")
        groups = needs(offers)
        if not offers or offers & ~ALL or len(b) != 130 + sum(FF[k][1] for k in groups) or not LABEL.match(label):
            raise Silent("hello")
        if label.rstrip(b"\0") != self.label:
            raise Refused(2)
        both = [n for n in SUITES if offers & self.allowed & bit(n)]
        if not both:
            raise Refused(1 if offers & MODERN else 4)
        self.suite = both[0]
        cipher, kex = SUITES[self.suite]
        ff = [kex] if kex in FF else []
        o = 114
        pf = b""
        for k in groups:
            if k == kex:
                pf = b[o : o + FF[k][1]]
            o += FF[k][1]
        sh = Share(ff, lambda label, n: self.rnd("server " + label, n))
        z = sh.secret(kex, b[82:114], pf)
        m2 = frame(T_ANSWER, bytes([self.suite]) + self.rnd("server random", 32) + sh.wire(ff))
        th1 = H(m1 + m2)
        k = self.keys = Keys(hit[0], hid, z, th1, cipher, self.v)
        ident = self.pk + bytes([1 if self.clients is not None else 0])
        ident += self.sk.sign(SIG_S + H(th1 + ident))
        m3 = Direction(k.s_hs, cipher).seal(T_SERVER, ident + k.fin(k.s_hs, th1 + ident))
        self.seen = m1 + m2 + m3
        self.v["th2"] = H(self.seen)
        return m2, m3

    def finish(self, m4):
        k = self.keys
        c = Direction(k.c_hs, k.cipher).expect(T_CLIENT, m4)
        if len(c) != 128:
            raise Fail("length")
        pk, sig, fin = c[:32], c[32:96], c[96:]
        if not same(fin, k.fin(k.c_hs, self.v["th2"] + c[:96])):
            raise Fail("finished")
        if self.clients is None:
            if any(c[:96]):
                raise Fail("client key not asked for")
        else:
            if pk not in self.clients:
                raise Fail("client key")
            try:
                Ed25519PublicKey.from_public_bytes(pk).verify(sig, SIG_C + H(self.v["th2"] + pk))
            except Exception:
                raise Fail("client signature")
        self.client_key = pk if self.clients is not None else None
        self.inp, self.out, self.exp = k.app(H(self.seen + m4))


# ---- 11: data channels --------------------------------------------------------------------------------------------


def data_open(exp, token, rc):
    d = MAGIC + struct.pack(">BH", T_DOPEN, 64) + token + rc
    return d + HM(derive(exp, b"d mac", token), d)[:16]


def data_accept(tokens, cipher, d1, rs):  # tokens: {token: exp}, single use
    if len(d1) != 71 or d1[:4] != MAGIC:
        raise Silent("data open")
    try:
        b = unframe(d1[4:], T_DOPEN)
    except Fail:
        raise Silent("data open")
    exp = tokens.get(b[:16])
    if exp is None:
        raise Silent("token")
    km = derive(exp, b"d mac", b[:16])
    if not same(d1[-16:], HM(km, d1[:-16])[:16]):
        raise Silent("mac")
    del tokens[b[:16]]
    d2 = struct.pack(">BH", T_DANSWER, 48) + rs
    d2 += HM(km, H(d1) + d2)[:16]
    return (d2,) + data_keys(exp, d1, d2, cipher)


def data_finish(exp, token, cipher, d1, d2):
    if len(unframe(d2, T_DANSWER)) != 48 or not same(
        d2[-16:], HM(derive(exp, b"d mac", token), H(d1) + d2[:-16])[:16]
    ):
        raise Fail("data answer")
    return data_keys(exp, d1, d2, cipher)


def data_keys(exp, d1, d2, cipher):  # client to server, server to client
    return Direction(derive(exp, b"d c", H(d1 + d2)), cipher), Direction(derive(exp, b"d s", H(d1 + d2)), cipher)


# ---- 12, 13: host card, fixed key text -----------------------------------------------------------------------------


def make_card(sk, host, made, services):
    t = "sallyport-host-card 1\nhost: %s\nkey: %s\nmade: %s\n" % (
        host,
        sk.public_key().public_bytes(**RAW).hex(),
        made,
    )
    t += "".join(
        "service: %d %s %s\n" % (port, label, " ".join(NAME[n] for n in suites)) for port, label, suites in services
    )
    return (t + "signature: %s\n" % sk.sign(SIG_CARD + H(t.encode())).hex()).encode()


CARD = re.compile(
    rb"sallyport-host-card 1\nhost: ([A-Za-z0-9.:-]{1,253})\nkey: ([0-9a-f]{64})\nmade: (\d{4}-\d\d-\d\d)\n"
    rb"((?:service: [0-9]{1,5} [A-Z0-9-]{1,16}(?: [A-Z0-9]+,[A-Z0-9]+)+\n){0,32})signature: ([0-9a-f]{128})\n\Z"
)


def read_card(card):
    card = card.replace(b"\r\n", b"\n")
    if len(card) > 8192:
        raise Fail("card size")
    m = CARD.match(card)
    if not m:
        raise Fail("card form")
    pk = bytes.fromhex(m[2].decode())
    try:
        Ed25519PublicKey.from_public_bytes(pk).verify(
            bytes.fromhex(m[5].decode()), SIG_CARD + H(card[: card.index(b"signature: ")])
        )
    except Exception:
        raise Fail("card signature")
    return m[1].decode(), pk


def fingerprint(pk):
    return "-".join(host_id(pk)[:16].hex()[i : i + 4] for i in range(0, 32, 4))


def fixed_text(k):
    t = (k + H(b"spc1 fixed key text\0" + k)[:4]).hex()
    return "-".join(t[i : i + 8] for i in range(0, 72, 8))


def fixed_read(t):
    b = re.sub(r"[- ]", "", t)
    if not re.fullmatch(r"[0-9a-fA-F]{72}", b):
        raise Fail("fixed key form")
    b = bytes.fromhex(b)
    if H(b"spc1 fixed key text\0" + b[:32])[:4] != b[32:]:
        raise Fail("fixed key check digits")
    return b[:32]


def main():
    if "--check" in sys.argv:
        import reference_check

        return reference_check.run()
    import reference_vectors

    sys.stdout.write(reference_vectors.dump())
    return 0


if __name__ == "__main__":
    sys.exit(main())
