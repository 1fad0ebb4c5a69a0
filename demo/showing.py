"""One request and its answer through one entry: what both programs say about it, and what was seen on the legs."""
import secrets
import socket
import time

from output import result, row, title
from processes import DemoFailed
from stage import HOST

LINE = 64  # so many bytes are shown of a leg: the end of the request
PIECE = 8  # so many bytes in a row are looked for; by chance two streams of this size never share them


def show(stage, way, recording):
    """Yields whether all was as it should be."""
    title(f"{way.entry}: {HOST}:{way.accept} = sallyport = {HOST}:{stage.top.secure} = sallyportd = MIP")
    request = f"LOGON demo.manager PASSWORD {secrets.token_hex(16)}\n".encode()
    with socket.create_connection((HOST, way.accept), timeout=10) as client:
        client.sendall(request)
        answer = read_line(client)
        moved = (len(request), len(answer))
        relayed = session(stage.workstation, client.getsockname()[1], moved)
        secure = recording.connection("secure", port_of(relayed["local"]))
        served = session(stage.host, secure.seen_port, moved)
        plain = recording.connection("plain", port_of(served["local"]))
        state = entry_state(stage, way)
    return all([
        show_suite(way, relayed, served, state),
        result("exchange", answer.endswith(b"You asked: " + request),
               f"{moved[0]} bytes to the MIP, {moved[1]} bytes of its answer back; both programs counted the same",
               f"this is no answer to {request}: {answer}"),
        show_plain(request, answer, plain),
        show_secure(request, answer, secure),
        show_time(secure, plain),
    ])


def port_of(address):
    return int(address.rpartition(":")[2])


def read_line(sock):
    line = b""
    while not line.endswith(b"\n"):
        chunk = sock.recv(4096)
        if not chunk:
            raise DemoFailed(f"the connection ended in the middle of the answer: {line!r}")
        line += chunk
    return line


def session(program, peer, moved=None):
    """The session of that peer's port; if it `moved` bytes, once its counters are up to date: they follow the bytes."""
    for _ in range(100):
        sessions = [s for s in program.json("sessions")["sessions"] if port_of(s["peer"]) == peer]
        if sessions and moved in (None, (sessions[0]["bytes_to_target"], sessions[0]["bytes_to_client"])):
            return sessions[0]
        time.sleep(0.02)
    raise DemoFailed(f"{program.name} shows no session of port {peer} with {moved or 'any'} bytes: {sessions}")


def entry_state(stage, way):
    return next(e for e in stage.workstation.json("status")["entries"] if e["entry"] == way.entry)


def show_suite(way, relayed, served, state):
    kind, suite = served["secure"], served["suite"]
    if way.is_tls:
        expected = kind == "tls" and suite.startswith("TLSv1.3 ")
    else:
        expected = (kind, suite) == ("native", way.encryption)
    agreed = all(relayed[key] == served[key] for key in ("secure", "suite", "legacy"))
    legacy = "LEGACY, for peers that cannot be changed" if served["legacy"] else "not legacy"
    text = f"{kind} {suite}; {legacy}; {state['state']}, proven {state.get('proof_age_seconds', '?')} s ago"
    good = expected and agreed and served["legacy"] == way.is_legacy and state["state"] == "protected"
    return result("suite", good, text, f"{text}; expected: {way.encryption}; sallyport says {relayed['suite']}")


def show_plain(request, answer, plain):
    """Shows that the search of show_secure finds what is there to be found."""
    whole = (plain.up, plain.down) == (request, answer)
    found = shares_piece(request, plain.up) and shares_piece(answer, plain.down)
    row("plain leg", f"|{as_text(plain.up[-LINE:])}|")
    seen = len(plain.up) + len(plain.down)
    return result("", whole and found, f"{seen} bytes seen: request and answer as they are; the search finds them",
                  f"request and answer are not what was seen: {plain}")


def show_secure(request, answer, secure):
    carried = len(secure.up) > len(request) and len(secure.down) > len(answer)
    hidden = not any(shares_piece(payload, way) for payload in (request, answer) for way in (secure.up, secure.down))
    row("secure leg", f"|{as_text(secure.up[-LINE:])}|")
    seen = len(secure.up) + len(secure.down)
    return result("", carried and hidden, f"{seen} bytes seen: the same search finds no {PIECE} bytes of them in a row",
                  f"too few bytes were seen: {secure}" if hidden else "the same search FINDS the payload")


def show_time(secure, plain):
    """The host connects to the MIP only after the workstation has proven itself: that marks the handshake's end."""
    took = (plain.opened - secure.opened) * 1000
    return result("handshake", took > 0, f"{took:.1f} ms, from the connect to the host until the host's to the MIP",
                  f"the host connected to the MIP {-took:.1f} ms before it was connected to")


def shares_piece(payload, *recorded):
    pieces = {payload[i:i + PIECE] for i in range(len(payload) - PIECE + 1)}
    return any(data[i:i + PIECE] in pieces for data in recorded for i in range(len(data) - PIECE + 1))


def as_text(data):
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
