"""What travels on a leg, recorded from outside of both programs: the packets themselves where the system lets us see
them, otherwise what passes through relays that stand on the legs. A connection is looked up by its connecting port."""
import asyncio
import contextlib
import dataclasses
import socket
import struct
import threading
import time

from processes import DemoFailed

ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
SOL_PACKET = 263
PACKET_STATISTICS = 6
QUEUE = 16 * 1024 * 1024  # packets wait in it until somebody looks, those of other programs too
ETHERNET_HEADER = 14  # loopback's packets have one, of zeros
IPPROTO_TCP = 6
SYN = 2


def may_capture():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
        return True
    except PermissionError:
        return False


@dataclasses.dataclass
class Connection:
    opened: float  # seconds, as the system's clock has them
    seen_port: int  # its connecting port as the accepting end sees it: another one behind a relay
    up: bytes  # from the connecting end
    down: bytes


@dataclasses.dataclass
class Packet:
    time: float
    source: int
    target: int
    syn: bool
    sequence: int
    payload: bytes


def parse_tcp(frame, when):
    """The TCP packet over IPv4 in an Ethernet frame; None for any other."""
    ip = frame[ETHERNET_HEADER:]
    if frame[12:14] != b"\x08\x00" or ip[9] != IPPROTO_TCP:
        return None
    tcp = ip[(ip[0] & 15) * 4:int.from_bytes(ip[2:4], "big")]
    source, target, sequence = struct.unpack_from(">HHI", tcp)
    return Packet(when, source, target, bool(tcp[13] & SYN), sequence, tcp[(tcp[12] >> 4) * 4:])


def stream_of(packets):
    """The bytes that one end sent, each once, in their order."""
    start = next(p.sequence for p in packets if p.syn) + 1
    data = bytearray()
    for offset, payload in sorted(((p.sequence - start) % 2**32, p.payload) for p in packets if p.payload):
        data[offset:offset + len(payload)] = payload
    return bytes(data)


class PcapFile:
    """https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/, with nanoseconds."""

    def __init__(self, path):
        self._file = open(path, "wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))

    def add(self, frame, seconds, nanoseconds):
        self._file.write(struct.pack("<IIII", seconds, nanoseconds, len(frame), len(frame)) + frame)
        self._file.flush()

    def close(self):
        self._file.close()


class Packets:
    """Copies of loopback's packets. `legs` maps a leg's name to its ports; its packets are kept in NAME-leg.pcap."""

    def __init__(self, folder, legs):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.bind(("lo", 0))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE)  # as much of it as the system allows
        self._ports = legs
        self._packets = {leg: [] for leg in legs}
        self.paths = {leg: folder / f"{leg}-leg.pcap" for leg in legs}
        self._files = {leg: PcapFile(path) for leg, path in self.paths.items()}

    def connection(self, leg, port):
        self._take()
        if self._missed():
            raise DemoFailed("the capture missed packets, so it proves nothing: loopback is very busy; try again")
        up = [p for p in self._packets[leg] if p.source == port]
        down = [p for p in self._packets[leg] if p.target == port]
        if not up:
            raise DemoFailed(f"the capture has no connection from port {port} on the {leg} leg")
        return Connection(up[0].time, port, stream_of(up), stream_of(down))

    def close(self):
        self._take()
        self._socket.close()
        for file in self._files.values():
            file.close()

    def _missed(self):
        """How many packets found the queue full, since this was last asked."""
        return struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def _take(self):
        """A packet is queued for us before it travels on, so that all that anybody has received is there."""
        while True:
            try:
                frame, ancillary, _, address = self._socket.recvmsg(1 << 17, 64)
            except BlockingIOError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                continue  # loopback shows each packet twice, when it leaves and when it arrives
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            if packet := parse_tcp(frame, seconds + nanoseconds / 1e9):
                for leg, ports in self._ports.items():
                    if packet.source in ports or packet.target in ports:
                        self._packets[leg].append(packet)
                        self._files[leg].add(frame, seconds, nanoseconds)


def reset(writer):
    with contextlib.suppress(OSError):  # this end may be gone already
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


class Relay:
    """Stands on one leg and keeps what passes, until it is told to relay only. An end travels on as an end, a reset as
    a reset."""

    def __init__(self, target):
        self._target = target
        self._kept = {}
        self.keeping = True

    def connection(self, port):
        if port not in self._kept:
            raise DemoFailed(f"no connection from port {port} came through the recording relay")
        opened, seen_port, up, down = self._kept[port]
        return Connection(opened, seen_port, bytes(up), bytes(down))

    async def serve(self, near_reader, near):
        opened, up, down = time.time(), bytearray(), bytearray()
        try:
            far_reader, far = await asyncio.open_connection(*self._target)
        except OSError:
            reset(near)
            return
        if self.keeping:
            self._kept[near.get_extra_info("peername")[1]] = opened, far.get_extra_info("sockname")[1], up, down
        try:
            await asyncio.gather(self._pass_on(near_reader, far, up), self._pass_on(far_reader, near, down))
            near.close()
            far.close()
        except OSError:
            reset(near)
            reset(far)

    async def _pass_on(self, reader, writer, record):
        while data := await reader.read(1 << 16):
            if self.keeping:
                record += data
            writer.write(data)
            await writer.drain()
        writer.write_eof()


class Relays:
    """Stands in for Packets where packets cannot be had. `legs`: for each, a listening socket and where it leads."""

    paths = {}

    def __init__(self, legs):
        self._relays = {leg: Relay(target) for leg, (_, target) in legs.items()}
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        for leg, (listener, _) in legs.items():
            serving = asyncio.start_server(self._relays[leg].serve, sock=listener)
            asyncio.run_coroutine_threadsafe(serving, loop).result()

    def connection(self, leg, port):
        return self._relays[leg].connection(port)

    def close(self):
        """Keeps nothing more; the sessions of the user still come this way."""
        for relay in self._relays.values():
            relay.keeping = False
