"""Files there and back through one entry of FTP: whether they arrive, what both programs say of it, and what was seen
on the legs. And one download by FTPS, for which a client needs no sallyport."""
import dataclasses
import ftplib
import io
import re
import secrets
import socket
import ssl
import time

from output import loud, result, row, title
from processes import RUN, DemoFailed
from showing import LINE, PIECE, as_text, entry_state, port_of, session, shares_piece, show_suite
from stage import FTP_FOLDER, HOST, USER

SIZE = 1024 * 1024
PATIENCE = 10  # seconds for each answer
CHUNK = 64 * 1024
THERE_AND_BACK = [("STOR", "passive"), ("RETR", "passive")]
CLIENT = "Python's ftplib"


@dataclasses.dataclass
class Visit:
    """What a client does in one session. `suite` and `peer`, the client's address, are what the daemon shows."""
    name: str
    transfers: list  # of pairs, command and mode
    file: bytes = dataclasses.field(default_factory=lambda: secrets.token_bytes(SIZE))
    suite: str = ""
    peer: str = ""


def show_ftp(stage, way, recording):
    """Yields whether all was as it should be."""
    title(f"{way.entry}: {CLIENT} = {HOST}:{way.accept} = sallyport = {HOST}:{stage.ftp.secure} = sallyportd = server")
    visit = Visit(f"{way.entry}.bin", THERE_AND_BACK + [("RETR", "active")] * way.is_legacy)

    def log_in(client):
        client.connect(HOST, way.accept)
        client.login(USER, stage.password)
        relayed = session(stage.workstation, client.sock.getsockname()[1])
        served = served_session(stage, recording, visit, port_of(relayed["local"]))
        return show_suite(way, relayed, served, entry_state(stage, way))

    return show_visit(stage, recording, visit, ftplib.FTP(timeout=PATIENCE), log_in)


def show_direct_ftps(stage, recording):
    """The client trusts the certificate that the daemon has made, and only for the name of this machine."""
    title(f"without sallyport: {CLIENT}, by FTPS = {HOST}:{stage.ftp.secure} = sallyportd = server")
    visit = Visit("ftps-client.bin", [("RETR", "passive")])
    (FTP_FOLDER / visit.name).write_bytes(visit.file)
    trusted = ssl.create_default_context(cafile=RUN / "host/tls.crt")

    def log_in(client):
        client.connect(HOST, stage.ftp.dial)
        client.host = socket.gethostname()  # whom it wants to meet there; the machine may not know its own address
        client.login(USER, stage.password)
        client.prot_p()
        served = served_session(stage, recording, visit, client.sock.getsockname()[1])
        suite = f"{client.sock.version()} {client.sock.cipher()[0]}"
        good = (served["secure"], served["suite"]) == ("tls", suite) and suite.startswith("TLSv1.3 ")
        return result("suite", good, f"tls {suite}; the daemon's certificate is for {client.host} and verified",
                      f"the client says {suite}, the daemon {served['secure']} {served['suite']}")

    return show_visit(stage, recording, visit, ftplib.FTP_TLS(timeout=PATIENCE, context=trusted), log_in)


def served_session(stage, recording, visit, port):
    """The daemon's session of the secure leg's connection from that port."""
    served = session(stage.host, recording.connection("ftp-secure", port).seen_port)
    visit.suite, visit.peer = f"{served['secure']} {served['suite']}", served["peer"]
    return served


def show_visit(stage, recording, visit, client, log_in):
    for leg in ("ftp-secure", "ftp-plain"):
        recording.take(leg)  # what was before is of no interest
    try:
        with client:
            good = [log_in(client)]
            good += [show_transfer(recording, visit, client, *transfer) for transfer in visit.transfers]
    except ftplib.all_errors as error:
        return result("FTP", False, "", f"{type(error).__name__}: {error}")
    good.append(show_audit(stage, visit))
    good.append(show_plain(stage, recording, visit))
    good.append(show_secure(stage, recording, visit))
    return all(good)


def show_transfer(recording, visit, client, verb, mode):
    client.set_pasv(mode == "passive")
    arrived = bytearray()
    if verb == "STOR":
        client.storbinary(f"STOR {visit.name}", io.BytesIO(visit.file), CHUNK)
        arrived = (FTP_FOLDER / visit.name).read_bytes()
    else:
        client.retrbinary(f"RETR {visit.name}", arrived.extend, CHUNK)
    recording.collect()
    label, where = ("upload", "on the server's disk") if verb == "STOR" else ("download", "at the client")
    return result(label, arrived == visit.file, f"{SIZE} bytes, {mode} mode: the same {where}, byte for byte",
                  f"{mode} mode: {where} are {len(arrived)} bytes, which are not the {SIZE} that were sent")


def show_audit(stage, visit):
    """One line of the daemon's log for each transfer, and in no log the password."""
    start = re.compile(rf"SP-4001 I #\d+ {stage.ftp.secure}/FTP: ")
    wanted = [re.compile(rf"user {USER}, {verb} {re.escape(visit.name)}, {SIZE} bytes in [\d.]+ s, "
                         rf"{re.escape(visit.suite)}, peer {re.escape(visit.peer)}: complete, 226")
              for verb, _ in visit.transfers]
    lines = []
    for _ in range(100):  # the log is written behind what it tells of
        lines = [line[found.end():] for line in stage.daemon.log.splitlines()
                 if visit.name in line and (found := start.search(line))]
        if len(lines) >= len(wanted):
            break
        time.sleep(0.02)
    good = len(lines) == len(wanted)
    for number, pattern in enumerate(wanted):
        line = lines[number] if number < len(lines) else "no line"
        good &= result("audit" if number == 0 else "", bool(pattern.fullmatch(line)), line,
                       f"{line}; expected: {pattern.pattern}")
    secret = not any(stage.password in child.log for child in (stage.daemon, stage.sallyport))
    return result("", good and secret, "one line for each transfer; the password is in neither program's log",
                  "the password is in a log" if not secret else f"not one line for each transfer: {lines}")


def show_plain(stage, recording, visit):
    """Shows that the search of show_secure finds what is there to be found."""
    control, data = split(recording.take("ftp-plain"))
    found = shares_piece(stage.password.encode(), control.up)
    what = "password as it is"
    if recording.sees_all:
        found &= [visit.file in (c.up, c.down) for c in data] == [True] * len(visit.transfers)
        found &= shares_piece(visit.file, *(way for c in data for way in (c.up, c.down)))
        what = "password and file as they are"
    else:
        loud("of the plain leg only the control connection was recorded")
    row("plain leg", f"|{as_text(control.up[:LINE])}|")
    return result("", found, f"{amount(control, *data)}: {what}, and found by the search",
                  f"{amount(control, *data)}, but not the {what}")


def show_secure(stage, recording, visit):
    control, data = split(recording.take("ftp-secure"))
    whole = recording.sees_all or visit.suite.startswith("native ")  # whose files come by the port of the entry as well
    if whole:
        carried = [len(c.up) + len(c.down) > SIZE for c in data] == [True] * len(visit.transfers)
    else:
        carried = not data
        loud("of the secure leg only the control connection was recorded: it shows nothing of what became of the file")
    streams = [way for c in (control, *data) for way in (c.up, c.down)]
    hidden = not shares_piece(stage.password.encode(), *streams) and not shares_piece(visit.file, *streams)
    row("secure leg", f"|{as_text(control.up[-LINE:])}|")
    what = "password or file" if whole else "password"
    seen = amount(control, *data)
    return result("", carried and hidden, f"{seen}: the same search finds no {PIECE} bytes of {what} in a row",
                  f"{seen}, which is not what was moved" if hidden else "the same search FINDS the secrets")


def split(connections):
    """The control connection was opened before all others."""
    if not connections:
        raise DemoFailed("the recording has no connection of FTP")
    control, *data = sorted(connections, key=lambda connection: connection.opened)
    return control, data


def amount(*connections):
    count = sum(len(c.up) + len(c.down) for c in connections)
    return f"{count} bytes of {len(connections)} connection{'s' if len(connections) > 1 else ''} seen"
