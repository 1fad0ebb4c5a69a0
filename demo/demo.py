"""Both programs at work on this machine: TOP and FTP by six ways to one host, each recorded and judged. Started by
./run."""
import os
import signal
import socket
import sys
import time

from output import command, loud, row, title
from processes import DemoFailed
from showing import show
from showing_ftp import show_direct_ftps, show_ftp
from stage import HOST, USER, Stage

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(Exception):
    """Ctrl-C, or another signal that ends the demo."""


def end(number, _):
    raise Ended(signal.Signals(number).name)


def demonstrate(stage):
    title("sallyport at work")
    stage.set_up()
    recording = stage.record()
    good = [show(stage, way, recording) for way in stage.ways]
    good += [show_ftp(stage, way, recording) for way in stage.ftp_ways]
    good.append(show_direct_ftps(stage, recording))
    recording.close()
    title(f"{sum(good)} of {len(good)} ways are as they should be" + ("" if all(good) else "; see FAILED above"))
    for leg, path in recording.paths.items():
        row("packets", f"of the {leg} leg are kept in {path}")
    return all(good)


def suggest(stage):
    legacy, _, tls = stage.ways
    title("Now yours" + (" (as root, like this run)" if os.geteuid() == 0 else "") + ", in another terminal:")
    command(f"nc {HOST} {legacy.accept}", f"type a line, and the MIP answers; {tls.accept} is the way by TLS")
    command(".run/sallyport status", "is it protected, and how long ago was that proven?")
    command(".run/sallyportd sessions", "what the host sees, while nc is connected")
    command(f".run/sallyport protect off {tls.entry}", f"closes port {tls.accept}: never in clear; `on` opens it again")
    command(".run/sallyportd check", "what .run/host/portconf means; edit it and see")
    command(f"kill {stage.mip.pid}", "stops the MIP; what connects now is reset, never just ended:")
    command(f"bash -c 'cat </dev/tcp/{HOST}/{legacy.accept}'", "  shows the reset")
    command("tail .run/sallyportd.log", "  says why")
    command(" ".join(["python3", *stage.mip_command[1:]]), "  starts it again")
    suggest_ftp(stage)
    if os.geteuid() == 0:
        command("wireshark .run/ftp-secure-leg.pcap", "what an eavesdropper has; ftp-plain-leg.pcap: what he wants")
    print("\nCtrl-C here ends everything that was started.", flush=True)


def suggest_ftp(stage):
    print()
    legacy, ftps = stage.ftp_ways
    login, name = f"-u {USER}:{stage.password}", socket.gethostname()
    command(f"curl {login} ftp://{HOST}:{legacy.accept}/", f"lists .run/ftp; {ftps.accept} is the way by FTPS")
    command(f"curl {login} -T README.md ftp://{HOST}:{legacy.accept}/", "puts a file there")
    command(f"ftp {HOST} {legacy.accept}", f"as {USER}, with that password; `passive` changes to active mode and back")
    command(f"lftp -u {USER},{stage.password} -p {ftps.accept} {HOST}", "the same")
    direct = f"--resolve {name}:{stage.ftp.secure}:{HOST} --cacert .run/host/tls.crt {login}"
    command(f"curl {direct} ftps://{name}:{stage.ftp.secure}/", "implicit FTPS, without sallyport")
    command(f"curl {direct} --ssl-reqd ftp://{name}:{stage.ftp.secure}/", "explicit FTPS at the same port")
    command("grep SP-400 .run/sallyportd.log", "the audit: who has moved which file, and was it whole?")
    command(".run/sallyport explain ftp", "how FTP's dialogues pass through both programs")


def watch(stage):
    """Until a signal comes. The servers may be stopped, the programs may not."""
    servers, stopped = {stage.mip: "the MIP", stage.ftp_server: "the FTP server"}, set()
    while True:
        time.sleep(0.5)
        for child in stage.children:
            if child.running or child in stopped:
                continue
            if child not in servers:
                raise DemoFailed(f"{child.name} has ended; its log:\n{child.log[-2000:]}")
            stopped.add(child)
            loud(f"{servers[child]} has stopped")


def main(once):
    for number in ENDS:
        signal.signal(number, end)
    good = False
    stage = Stage()
    try:
        good = demonstrate(stage)
        if not once:
            suggest(stage)
            watch(stage)
    except DemoFailed as failure:
        good = False
        print(f"\n{failure}", file=sys.stderr)
    except Ended as signalled:
        print(f"\n{signalled}: ending what was started ...", flush=True)
    finally:
        for number in ENDS:  # nothing may cut this short; it has a limit of its own
            signal.signal(number, signal.SIG_IGN)
        stage.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main("--once" in sys.argv[1:]))
