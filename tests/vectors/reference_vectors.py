"""The deterministic test vectors of the native channel, made with reference_channel.py."""
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reference_channel import (
    ALL, DES168, EPOCH, FF, MAGIC, MAX_CONTENT, MODERN, NAME, RAW, SUITES,
    T_ABORT, T_CARD, T_CLOSE, T_CTRL, T_DATA, T_ENROL, T_PING, T_READY,
    Client, Direction, H, Server,
    bit, data_accept, data_finish, data_open, derive, fingerprint, fixed_text, frame, hkdf_expand, make_card, tdes_ctr,
)  # fmt: skip


def source(tag):
    """Bytes that look random and are the same each time, by label."""
    return lambda label, n: hkdf_expand(H(b"vector " + tag.encode()), label.encode(), n)


FIXED = bytes(range(32))


def pair(tag, offers, pin=True, fixed=False, client=False, label=b"TOP", allowed=ALL):
    """A client and the server that it fits, before the first message."""
    rnd = source(tag)
    server_key = Ed25519PrivateKey.from_private_bytes(rnd("host key", 32))
    client_key = Ed25519PrivateKey.from_private_bytes(rnd("client key", 32))
    fixed_keys = [bytes(32), FIXED] if fixed else ()
    client_keys = [client_key.public_key().public_bytes(**RAW)] if client else None
    server = Server(rnd, label, allowed, server_key, fixed_keys, client_keys)
    pinned = server.pk if pin else None
    return Client(rnd, label, offers, pinned, FIXED if fixed else None, client_key if client else None), server


def shake(c, s):
    m2, m3 = s.answer(c.m1)
    m4 = c.answer(m2, m3)
    s.finish(m4)
    return m2, m3, m4


def exchange(sender, receiver, contents):
    """Seals and opens each (type, content); yields what the vectors say of it. Long ones are described by a rule."""
    entries = []
    for typ, content in contents:
        seq = sender.seq
        f = sender.seal(typ, content)
        assert receiver.open(f) == (typ, content)
        long = len(content) > 64
        entry = dict(seq=seq, type=typ, content=None if long else content, frame=f if len(f) <= 100 else None)
        if long:
            entry.update(content_rule="byte i = (7 i + 3) mod 256", content_len=len(content), frame_sha256=H(f))
        entries.append(entry)
    return entries


def records(c, s, token):
    """Records of every kind that a session has, the client's across the boundary of an epoch."""
    big = bytes((7 * i + 3) % 256 for i in range(MAX_CONTENT))
    up = exchange(c.out, s.inp, [(T_DATA, b"hello"), (T_DATA, big), (T_PING, b"")])
    c.out.seq = s.inp.seq = EPOCH - 1
    up += exchange(c.out, s.inp, [(T_DATA, b"last of epoch 0"), (T_DATA, b"first of epoch 1"), (T_CLOSE, b"")])
    down = exchange(s.out, c.inp, [(T_DATA, b"answer"), (T_CTRL, b"\2" + token), (T_ABORT, b"\3")])
    return dict(records_c=up, records_s=down)


def data_channel(c, s, cipher, token, rnd):
    d1 = data_open(c.exp, token, rnd("data client random", 32))
    d2, server_inp, server_out = data_accept({token: s.exp}, cipher, d1, rnd("data server random", 32))
    client_out, client_inp = data_finish(c.exp, token, cipher, d1, d2)
    return dict(
        token=token,
        d1=d1,
        d2=d2,
        c_secret=client_out.secret,
        s_secret=client_inp.secret,
        records_c=exchange(client_out, server_inp, [(T_READY, b""), (T_CLOSE, b"")]),
        records_s=exchange(server_out, client_inp, [(T_DATA, b"file"), (T_CLOSE, b"")]),
    )


def handshake(tag, n, **mode):
    """One handshake with suite n and some records; the plain mode shows more of them, and a data channel."""
    c, s = pair(tag, bit(n), **mode)
    rnd = source(tag)
    m2, m3, m4 = shake(c, s)
    assert c.suite == s.suite == n and all(c.v[k] == s.v[k] for k in c.v) and c.host_key == s.pk
    v = dict(
        name=tag,
        suite=n,
        text=NAME[n],
        label="TOP",
        pin=bool(mode.get("pin", True)),
        fixed=FIXED if mode.get("fixed") else None,
        host_seed=rnd("host key", 32),
        host_key=s.pk,
        host_id=c.hid,
        client_seed=rnd("client key", 32) if mode.get("client") else None,
        client_x25519=rnd("client x25519", 32),
        server_x25519=rnd("server x25519", 32),
        client_random=rnd("client random", 32),
        server_random=rnd("server random", 32),
    )
    cipher, group = SUITES[n]
    if group in FF:
        server_exponent = int.from_bytes(rnd("server " + group.lower(), 32), "big") | 1 << 255
        v.update(
            client_exponent=c.share.e[group].to_bytes(32, "big"),
            server_exponent=server_exponent.to_bytes(32, "big"),
        )
    v.update(m1=c.m1, m2=m2, m3=m3, m4=m4, **c.v)
    if mode:
        v.update(
            records_c=exchange(c.out, s.inp, [(T_DATA, b"hello")]),
            records_s=exchange(s.out, c.inp, [(T_DATA, b"answer")]),
        )
    else:
        token = rnd("token", 16)
        v.update(records(c, s, token))
        v.update(data_channel=data_channel(c, s, cipher, token, rnd))
    return v


def handshakes():
    for n, name in NAME.items():
        yield handshake(name, n)
        yield handshake(name + " fixed", n, fixed=True)
        yield handshake(name + " client", n, client=True)
        yield handshake(name + " fixed-only", n, pin=False, fixed=True)
        yield handshake(name + " fixed client", n, fixed=True, client=True)


def choices():
    """One hello that offers everything; the server chooses among what it allows (2.5)."""
    for allowed in (ALL, MODERN, ALL & ~MODERN, bit(9), bit(4) | bit(9)):
        c, s = pair("offer all", ALL, allowed=allowed)
        m2, m3, m4 = shake(c, s)
        yield dict(offers=ALL, allowed=allowed, chosen=s.suite, m1=c.m1, m2=m2, m3=m3, m4=m4, th3=c.v["th3"])


def des168_record():
    """The inner values of one record (8.5)."""
    secret, content = bytes(range(32)), b"twenty bytes of text"
    d = Direction(secret, DES168).at(5)
    k, c0, otk = d.keys()
    return dict(
        secret=secret,
        seq=5,
        rk=derive(secret, b"rk"),
        k=k,
        c0=c0.to_bytes(8, "big"),
        otk=otk,
        content=content,
        ct=tdes_ctr(k, c0, content),
        frame=d.seal(T_DATA, content),
    )


def enrol():
    seed = source("card")("host key", 32)
    key = Ed25519PrivateKey.from_private_bytes(seed)
    card = make_card(key, "host.example", "2026-11-23", [(23450, "TOP", [9, 1]), (21, "FTP", [9])])
    return dict(
        request=MAGIC + frame(T_ENROL, b""),
        host_seed=seed,
        card=card.decode(),
        answer=frame(T_CARD, card),
        fingerprint=fingerprint(key.public_key().public_bytes(**RAW)),
    )


def vectors():
    return dict(
        format="sallyport native channel 1",
        handshakes=list(handshakes()),
        choice=list(choices()),
        des168_record=des168_record(),
        enrol=enrol(),
        fixed_key=dict(key=FIXED, text=fixed_text(FIXED)),
    )


def plain(x):
    """Bytes as hexadecimal digits, for JSON."""
    if isinstance(x, bytes):
        return x.hex()
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return [plain(v) for v in x] if isinstance(x, (list, tuple)) else x


def dump():
    return json.dumps(plain(vectors()), indent=1) + "\n"
