"""Uploads over TLS 1.3 arrive whole. Servers that send session tickets on data connections lose the ends of some: the
client closes with the tickets unread, its system answers with a reset, and bytes that are on their way are dropped."""
import subprocess

import pytest
from chains import ftps_in
from desk import PASSWORD, USER
from servers import Server
from support.peers import pattern

COUNT = 100
SIZE = 1 << 20


def by_curl(door, source):
    """One run of curl, one login, a hundred uploads."""
    lines = [f'user = "{USER}:{PASSWORD}"', "ssl-reqd", f'cacert = "{door.ca}"']
    for number in range(COUNT):
        lines += [f'upload-file = "{source}"', f'url = "ftp://{door.host}:{door.port}/up{number}"']
    return ["curl", "--silent", "--show-error", "--tlsv1.3", "--config", "-"], "\n".join(lines)


def by_lftp(door, source):
    lines = [f"set ssl:ca-file {door.ca}", "set ftp:ssl-force yes",
             f"open -u {USER},{PASSWORD} ftp://{door.host}:{door.port}"]
    lines += [f"put {source} -o up{number}" for number in range(COUNT)]
    return ["lftp", "-f", "/dev/stdin"], "\n".join(lines)


@pytest.mark.parametrize("client", [by_curl, by_lftp])
def test_a_hundred_of_a_hundred_uploads_over_tls13_are_whole(client, tmp_path):
    source = tmp_path / "source"
    content = pattern(SIZE, 1)
    source.write_bytes(content)
    tmp_path.chmod(0o755)
    (tmp_path / "front").mkdir()
    with Server("vsftpd/none") as server, ftps_in("explicit")(server.door, tmp_path / "front") as door:
        command, script = client(door, source)
        done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        whole = sum((server.home / f"up{number}").read_bytes() == content for number in range(COUNT))
    assert whole == COUNT
