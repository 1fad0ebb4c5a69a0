"""What each client is made to do, and how it is judged: by the bytes in the files on both sides, and by what it said.

A case takes (client, desk) and raises Wrong, with the reason. CASES has them by name."""
import functools
import os

from desk import HUGE, SIZE, Wrong, difference, size_of
from wire_cases import WIRE_CASES

HALF = 400_000
NAMES = {"utf8": "na\u00efve-\u65e5\u672c.bin".encode(), "latin1": b"caf\xe9.bin", "space": b"sp ace  2.bin",
         "cr": b"c\rr.bin"}
TEXT = b"one\ntwo\nthree\n"


def expect_success(said):
    if said.code not in (0, None):
        raise Wrong(str(said))


def expect_same(path, wanted, said):
    found = difference(path, wanted)
    if found:
        raise Wrong(f"{found}; {said}")
    expect_success(said)


def get(client, desk, name=b"a.bin", size=SIZE, mode=None):
    source = desk.make(b"source", size)
    desk.seed(name, like=source)
    said = client.get(desk.remote(name), desk.at(b"got"), mode)
    expect_same(desk.at(b"got"), source, said)


def put(client, desk, name=b"up.bin", size=SIZE, mode=None):
    source = desk.make(b"source", size)
    said = client.put(source, desk.remote(name), mode)
    expect_stored(desk, name, source, said)


def expect_stored(desk, name, source, said):
    """The server may still be writing when a client does not wait for its last reply."""
    if desk.wait_for(lambda: size_of(desk.disk(name)) == size_of(source) and not difference(desk.disk(name), source)):
        expect_success(said)
    else:
        expect_same(desk.disk(name), source, said)


def put_over(client, desk):
    """A longer file is replaced, not written over in part."""
    desk.seed(b"up.bin", like=desk.make(b"longer", SIZE + 1000, seed=3))
    put(client, desk)


def resume_get(client, desk):
    source = desk.make(b"source")
    desk.seed(b"a.bin", like=source)
    desk.make(b"got")
    os.truncate(desk.at(b"got"), HALF)
    said = client.get(desk.remote(b"a.bin"), desk.at(b"got"), resume=True)
    expect_same(desk.at(b"got"), source, said)


def resume_put(client, desk):
    source = desk.make(b"source")
    desk.seed(b"up.bin", like=source, size=HALF)
    said = client.put(source, desk.remote(b"up.bin"), resume=True)
    expect_stored(desk, b"up.bin", source, said)


def append(client, desk):
    whole = desk.make(b"whole")
    desk.seed(b"up.bin", like=whole, size=HALF)
    with open(whole, "rb") as file, open(desk.at(b"rest"), "wb") as rest:
        file.seek(HALF)
        rest.write(file.read())
    said = client.put(desk.at(b"rest"), desk.remote(b"up.bin"), append=True)
    expect_stored(desk, b"up.bin", whole, said)


def get_text(client, desk):
    desk.seed(b"text.txt", TEXT)
    said = client.get(desk.remote(b"text.txt"), desk.at(b"got"), text=True)
    if size_of(desk.at(b"got")) < 0:
        raise Wrong(f"there is no file; {said}")
    with open(desk.at(b"got"), "rb") as file:
        got = file.read()
    if got.replace(b"\r\n", b"\n") != TEXT:
        raise Wrong(f"{got}; {said}")
    expect_success(said)


def get_part(client, desk):
    source = desk.make(b"source")
    desk.seed(b"a.bin", like=source)
    said = client.get_part(desk.remote(b"a.bin"), desk.at(b"got"), 1000, 1999)
    with open(source, "rb") as file, open(desk.at(b"part"), "wb") as part:
        part.write(file.read()[1000:2000])
    expect_same(desk.at(b"got"), desk.at(b"part"), said)


def get_missing(client, desk):
    said = client.get(desk.remote(b"no-such"), desk.at(b"got"))
    if size_of(desk.at(b"got")) > 0:
        raise Wrong(f"got {size_of(desk.at(b'got'))} bytes of nothing; {said}")
    if said.code in (0, 124) or said.code is None and b"550" not in said.output:
        raise Wrong(f"no refusal: {said}")


def listing(client, desk, mode=None, names=False):
    desk.seed(b"a.bin", size=1_234_567)
    desk.seed(b"b.bin", b"x")
    said = client.list(desk.remote(), mode, names)
    wanted = [b"a.bin", b"b.bin"] + ([] if names else [b"1234567"])
    missing = [word for word in wanted if word not in said.output.replace(b",", b"")]
    if missing or names and b"1234567" in said.output:
        raise Wrong(f"without {missing}: {said}")
    expect_success(said)


def list_empty(client, desk):
    desk.seed(b"empty/gone")
    os.remove(desk.disk(b"empty/gone"))
    expect_success(client.list(desk.remote(b"empty")))


def rename(client, desk):
    desk.seed(b"old", b"x")
    said = client.rename(desk.remote(b"old"), desk.remote(b"new"))
    if os.path.exists(desk.disk(b"old")) or not os.path.exists(desk.disk(b"new")):
        raise Wrong(f"not renamed: {said}")
    expect_success(said)


def delete(client, desk):
    desk.seed(b"dead", b"x")
    said = client.delete(desk.remote(b"dead"))
    if os.path.exists(desk.disk(b"dead")):
        raise Wrong(f"not deleted: {said}")
    expect_success(said)


def folders(client, desk):
    said = client.make_folder(desk.remote(b"folder"))
    if not os.path.isdir(desk.disk(b"folder")):
        raise Wrong(f"not made: {said}")
    said = client.remove_folder(desk.remote(b"folder"))
    if os.path.exists(desk.disk(b"folder")):
        raise Wrong(f"not removed: {said}")
    expect_success(said)


def make_many(desk, count):
    names = [b"%04d" % number for number in range(count)]
    os.makedirs(desk.at(b"many"))
    for number, name in enumerate(names):
        desk.make(b"many/" + name, 300 + number, seed=number)
    return names


def get_many(client, desk, count):
    names = make_many(desk, count)
    for name in names:
        desk.seed(b"many/" + name, like=desk.at(b"many/" + name))
    os.makedirs(desk.at(b"got"))
    said = client.get_many(desk.remote(b"many"), names, desk.at(b"got"))
    for name in names:
        expect_same(desk.at(b"got/" + name), desk.at(b"many/" + name), said)


def put_many(client, desk, count):
    names = make_many(desk, count)
    said = client.put_many(names, desk.remote())
    for name in names:
        expect_stored(desk, name, desk.at(b"many/" + name), said)


def interrupt(client, desk):
    source = desk.make(b"source")
    desk.seed(b"a.bin", like=source)
    said = client.interrupted_get(desk.seed_huge(), desk.remote(b"a.bin"), desk.at(b"got"))
    if size_of(desk.at(b"part")) == HUGE:
        raise Wrong("it was not interrupted")
    expect_same(desk.at(b"got"), source, said)


def all_cases(many, big):
    """The cases by name; `many` files in those of many, `big` bytes in those of a big file, 0 for none."""
    part = functools.partial
    cases = {"get": get, "put": put, "put-over": put_over, "resume-get": resume_get, "resume-put": resume_put,
             "append": append, "list": listing, "nlst": part(listing, names=True), "list-empty": list_empty,
             "get-zero": part(get, size=0), "put-zero": part(put, size=0), "get-text": get_text, "get-part": get_part,
             "get-missing": get_missing, "rename": rename, "delete": delete, "folders": folders,
             "get-many": part(get_many, count=many), "put-many": part(put_many, count=many)}  # fmt: skip
    for kind, name in NAMES.items():
        cases |= {f"get-{kind}": part(get, name=name), f"put-{kind}": part(put, name=name)}
    for mode in ("pasv", "epsv", "port", "eprt"):
        cases |= {f"get-{mode}": part(get, mode=mode), f"put-{mode}": part(put, mode=mode),
                  f"list-{mode}": part(listing, mode=mode)}
    cases |= {"interrupt": interrupt} | WIRE_CASES
    if big:
        cases |= {"get-big": part(get, size=big), "put-big": part(put, size=big)}
    return cases


FAST = ("get", "put", "resume-get", "append", "list", "nlst", "get-zero", "put-zero", "get-missing", "rename",
        "get-many", "get-space", "put-utf8", "get-port", "put-eprt", "interrupt", "pasv-twice", "noop-mid", "abort",
        "drop", "put-reset", "get-big", "put-big")
