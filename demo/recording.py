"""What travels on a leg, recorded from outside of both programs: the packets themselves where the system lets us see
them, otherwise what passes through relays that stand on the legs. A connection is looked up by its connecting port."""
import asyncio
import contextlib
import ctypes
import dataclasses
import socket
import struct
import threading
import time

from processes import DemoFailed

ETH_P_ALL = 3
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
SOL_PACKET = 263
PACKET_STATISTICS = 6
QUEUE = 16 * 1024 * 1024  # packets wait in it until somebody looks; a file on its way fills a part of it
ETHERNET_HEADER = 14  # loopback's packets have one, of zeros
IPPROTO_TCP = 6
SYN, ACK = 2, 16


def open_packet_socket():
    """PermissionError where the system lets us see no packets, or keep too few of them."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)  # of no protocol: nothing arrives before it is bound
    packets.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE)
    return packets


def may_capture():
    try:
        open_packet_socket().close()
        return True
    except PermissionError:
        return False


def packet_filter(ports):
    """For the kernel: what leaves by TCP over IPv4 from or to one of the ports. A classic BPF program, of which
    Documentation/networking/filter.rst of Linux tells."""
    drop, keep = (0x06, 0, 0, 0), (0x06, 0, 0, 1 << 18)
    program = [(0x20, 0, 0, 0xFFFFF004), (0x15, 1, 0, socket.PACKET_OUTGOING), drop,  # loopback shows each packet twice
               (0x28, 0, 0, 12), (0x15, 1, 0, 0x0800), drop,  # IPv4
               (0x30, 0, 0, ETHERNET_HEADER + 9), (0x15, 1, 0, IPPROTO_TCP), drop,
               (0xB1, 0, 0, ETHERNET_HEADER)]  # X: the length of the IP header
    for offset in 0, 2:  # the source's port, the target's
        program.append((0x48, 0, 0, ETHERNET_HEADER + offset))
        for port in sorted(ports):
            program += [(0x15, 0, 1, port), keep]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in [*program, drop])


@dataclasses.dataclass
class Connection:
    opened: float  # seconds, as the system's clock has them
    seen_port: int  # its connecting port as the accepting end sees it: another one behind a relay
    up: bytes  # from the connecting end
    down: bytes


@dataclasses.dataclass
class Packet:
    time: float
    source: tuple  # address and port
    target: tuple
    flags: int
    sequence: int
    payload: bytes


def parse_tcp(frame, when):
    """The TCP packet over IPv4 in an Ethernet frame; None for any other."""
    ip = frame[ETHERNET_HEADER:]
    if frame[12:14] != b"\x08\x00" or ip[9] != IPPROTO_TCP:
        return None
    tcp = ip[(ip[0] & 15) * 4:int.from_bytes(ip[2:4], "big")]
    source, target, sequence = struct.unpack_from(">HHI", tcp)
    source, target = (socket.inet_ntoa(ip[12:16]), source), (socket.inet_ntoa(ip[16:20]), target)
    return Packet(when, source, target, tcp[13], sequence, tcp[(tcp[12] >> 4) * 4:])


def stream_of(packets):
    """The bytes that one end sent, each once, in their order."""
    if not packets:
        return b""
    start = next(p.sequence for p in packets if p.flags & SYN) + 1
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
    """Copies of loopback's packets. `legs` maps a leg's name to the addresses and ports where its connections are
    accepted; its packets are kept in NAME-leg.pcap."""

    sees_all = True

    def __init__(self, folder, legs):
        self._socket = open_packet_socket()
        program = packet_filter({port for ends in legs.values() for _, port in ends})
        kept = ctypes.create_string_buffer(program, len(program))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                                struct.pack("HP", len(program) // 8, ctypes.addressof(kept)))
        self._socket.bind(("lo", ETH_P_ALL))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._ends = legs
        self._packets = {leg: [] for leg in legs}
        self.paths = {leg: folder / f"{leg}-leg.pcap" for leg in legs}
        self._files = {leg: PcapFile(path) for leg, path in self.paths.items()}

    def connection(self, leg, port):
        found = [c for c in self._connections(leg) if c.seen_port == port]
        if not found:
            raise DemoFailed(f"the capture has no connection from port {port} on the {leg} leg")
        return found[0]

    def take(self, leg):
        """All connections of the leg since this was last called, in the order in which they were opened."""
        found = self._connections(leg)
        self._packets[leg].clear()
        return found

    def collect(self):
        """Empties the queue. To be called now and then while much is moved."""
        while True:
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(1 << 17, 64)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            if packet := parse_tcp(frame, seconds + nanoseconds / 1e9):
                for leg, ends in self._ends.items():
                    if packet.source in ends or packet.target in ends:
                        self._packets[leg].append(packet)
                        self._files[leg].add(frame, seconds, nanoseconds)

    def close(self):
        self.collect()
        self._socket.close()
        for file in self._files.values():
            file.close()

    def _missed(self):
        """How many packets found the queue full, since this was last asked."""
        return struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def _connections(self, leg):
        """A packet is queued for us before it travels on, so that all that anybody has received is there."""
        self.collect()
        if self._missed():
            raise DemoFailed("the capture missed packets, so it proves nothing: loopback is very busy; try again")
        ways = {}
        for packet in self._packets[leg]:
            ways.setdefault((packet.source, packet.target), []).append(packet)
        # An end without the other is what is left of a connection that was taken before.
        return [Connection(up[0].time, ends[0][1], stream_of(up), stream_of(ways.get(ends[::-1], [])))
                for ends, up in ways.items() if up[0].flags & (SYN | ACK) == SYN]


def copy_of(connection):
    return dataclasses.replace(connection, up=bytes(connection.up), down=bytes(connection.down))


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
        return copy_of(self._kept[port])

    def take(self):
        taken, self._kept = self._kept, {}
        return [copy_of(connection) for connection in taken.values()]

    async def serve(self, near_reader, near):
        opened, up, down = time.time(), bytearray(), bytearray()
        try:
            far_reader, far = await asyncio.open_connection(*self._target)
        except OSError:
            reset(near)
            return
        if self.keeping:
            seen_port = far.get_extra_info("sockname")[1]
            self._kept[near.get_extra_info("peername")[1]] = Connection(opened, seen_port, up, down)
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
    sees_all = False  # only what comes through a relay

    def __init__(self, legs):
        self._relays = {leg: Relay(target) for leg, (_, target) in legs.items()}
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        for leg, (listener, _) in legs.items():
            serving = asyncio.start_server(self._relays[leg].serve, sock=listener)
            asyncio.run_coroutine_threadsafe(serving, loop).result()

    def connection(self, leg, port):
        return self._relays[leg].connection(port)

    def take(self, leg):
        return self._relays[leg].take()

    def collect(self):
        """There is no queue."""

    def close(self):
        """Keeps nothing more; the sessions of the user still come this way."""
        for relay in self._relays.values():
            relay.keeping = False
