"""What the compiler does not check: the direction of #includes, and that the documents speak of what is there.

    checks.py NAME [ROOT]     prints one line a problem and exits 1 if there is one; NAME: includes, paths, messages,
                              places, readmes
"""
import pathlib
import posixpath
import re
import subprocess
import sys

DOCUMENTED_FOLDERS = ("src", "tests", "docs", "bench", "packaging", "cmake", ".ci")
PATH_SUFFIXES = (".hpp", ".cpp", ".py", ".sh", ".md", ".cmake", "CMakeLists.txt")
README_LINES = 8

# Headers of libraries, by the beginning of their name, and the only folders that may see them. The first that fits
# counts. Own headers follow the table of docs/architecture.md instead.
WRAPPED_LIBRARIES = (
    ("boost/asio", {"relay", "relay/ftp", "program", "host", "client"}),
    ("spdlog/", {"base"}),
    ("cryptopp/", {"crypto"}),
    ("crypto++/", {"crypto"}),
    ("intel-ipsec-mb.h", {"crypto"}),
    ("sodium", {"crypto"}),
    # libcrypto's arithmetic; TLS needs keys and errors of it too, for certificates.
    *(
        (f"openssl/{name}", {"crypto", "channel/tls"})
        for name in ("bn", "core", "crypto.h", "dh.h", "ec", "err", "evp", "hmac", "kdf", "param", "provider", "rand")
    ),
    ("openssl/", {"channel/tls"}),
)


def project_files(root, folder=""):
    """Files that are tracked or could be: a new file is checked before it is committed."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", folder or "."],
        cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return sorted({root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()})


def relative(root, file):
    return file.relative_to(root).as_posix()


def allowed_folders(root):
    """The table of docs/architecture.md: for each folder under src/, the folders whose headers it may include."""
    rows = re.findall(r"^\| `src/([\w/]+?)/` \|.*\| ([^|]*?) ?\|$", (root / "docs/architecture.md").read_text(), re.M)
    folders = [folder for folder, _ in rows]

    def below(name):
        return {folder for folder in folders if folder == name or folder.startswith(name + "/")}

    table = {}
    for folder, words in rows:
        words = words.strip()
        if words.startswith("all but "):
            shut = set(re.split(r", | and ", words.removeprefix("all but ")))
            allowed = set(folders) - shut
        else:
            allowed = set()
            for word in filter(None, words.split(", ")):
                allowed |= below(word.removesuffix(" (all)")) if word.endswith(" (all)") else {word}
            shut = set()
        unknown = (allowed | shut) - set(folders)
        if unknown:
            raise ValueError(f"docs/architecture.md: src/{folder}/ may use {sorted(unknown)}, which have no row")
        table[folder] = allowed | {folder}
    return table


def folder_of(path, folders):
    """The row that a path below src/ belongs to: the longest that fits."""
    return max((f for f in folders if path.startswith(f + "/")), key=len, default=None)


def check_includes(root):
    table = allowed_folders(root)
    for file in project_files(root, "src"):
        if file.suffix not in (".hpp", ".cpp", ".inc"):
            continue
        name = relative(root, file)
        own = folder_of(name.removeprefix("src/"), table)
        if own is None:
            yield f"{name}: its folder has no row in docs/architecture.md"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if include := re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line):
                yield from check_include(table, f"{name}:{number}", own, *include.groups())


def check_include(table, where, own, bracket, header):
    target = folder_of(header, table)
    if target is not None:
        if target not in table[own]:
            yield f"{where}: {own} may not include {header}"
        return
    for beginning, folders in WRAPPED_LIBRARIES:
        if header.startswith(beginning):
            if own not in folders:
                yield f"{where}: {header} belongs to {', '.join(sorted(folders))} alone"
            return
    if bracket == '"':
        yield f"{where}: {header} is not written as seen from src/"


def check_paths(root):
    """Paths in the links, code spans and commands of every README.md and of docs/*.md."""
    files = [relative(root, file) for file in project_files(root)]
    present = set(files) | {parent.as_posix() for file in files for parent in pathlib.PurePosixPath(file).parents}
    for name in files:
        if name.endswith("README.md") or re.fullmatch(r"docs/[^/]+\.md", name):
            folder = pathlib.PurePosixPath(name).parent
            for path in named_paths((root / name).read_text()):
                if not exists(present, folder, path):
                    yield f"{name}: there is no {path}"


def named_paths(text):
    fenced = re.compile(r"^```.*?^```", re.M | re.S)
    prose = fenced.sub("", text)
    links = re.findall(r"\]\(([^)#\s]+)", prose)
    spans = re.findall(r"`([^`\n]+)`", prose)
    commands = " ".join(fenced.findall(text) + [span for span in spans if " " in span]).split()
    yield from (link for link in links if "://" not in link and not link.startswith("mailto:"))
    yield from (span for span in spans if looks_like_path(span, PATH_SUFFIXES + ("/",)))
    yield from (word for word in commands if looks_like_path(word, ()))


def looks_like_path(word, suffixes):
    """A command is a path when it starts in a folder of ours; a code span also when it ends like one."""
    if not re.fullmatch(r"\.?[\w.*-][\w./*-]*", word) or word.startswith(("..", "*.")):
        return False
    inside = word.startswith(tuple(folder + "/" for folder in DOCUMENTED_FOLDERS) + ("./",))
    return inside or (word.endswith(suffixes) and not word.startswith("."))


def exists(present, folder, path):
    """Seen from the root, from the document's folder, or anywhere as the end of a path (`channel.hpp`)."""
    path = path.removeprefix("./").rstrip("/")
    if not path:
        return True
    from_folder = posixpath.normpath(folder / path)
    pattern = re.compile("(.*/)?" + re.escape(path).replace(r"\*", "[^/]*"))
    return from_folder in present or any(pattern.fullmatch(known) for known in present)


def check_messages(root):
    """Every message number has its heading in the operator's manual, with what to know about it."""
    constants = re.findall(
        r'constexpr\s+Message\s+(\w+)\s*\{\s*(\d+)\s*,\s*Severity::\w+\s*,\s*"(\w+)"',
        (root / "src/base/messages.hpp").read_text(),
    )
    manual = (root / "docs/operating.md").read_text()
    if not constants:
        yield "src/base/messages.hpp: no message found"
    numbers = [number for _, number, _ in constants]
    for constant, number, name in constants:
        if constant != name:
            yield f"src/base/messages.hpp: {constant} is named {name} in the log"
        if numbers.count(number) > 1:
            yield f"src/base/messages.hpp: {number} stands for more than {name}"
    known = {f"SP-{number} {name}" for _, number, name in constants}
    sections = re.findall(r"^### (SP-[^\n]*)\n(.*?)(?=^#{1,3} |\Z)", manual, re.M | re.S)
    headings = [heading.strip() for heading, _ in sections]
    yield from (f"docs/operating.md: no heading '### {missing}'" for missing in sorted(known - set(headings)))
    for heading, body in sections:
        if heading.strip() not in known:
            yield f"docs/operating.md: '### {heading}' is no message of src/base/messages.hpp"
        if headings.count(heading.strip()) > 1:
            yield f"docs/operating.md: '### {heading}' stands more than once"
        for part in ("**Cause**", "**Effect**", "**Recovery**"):
            if part not in body:
                yield f"docs/operating.md: '### {heading}' has no {part}"


def check_places(root):
    """No file names a folder of the machine that it was written on."""
    places = ["/" + "work/", "shared" + "/"]  # put together here, so that this file passes its own check
    for file in project_files(root):
        for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
            for place in places:
                if place.encode() in line:
                    yield f"{relative(root, file)}:{number}: names {place}"


def check_readmes(root):
    """Each folder of sources says in a few lines what belongs in it and what does not."""
    folders = {parent for file in project_files(root, "src") for parent in file.parents}
    for folder in sorted(folder for folder in folders if root / "src" in folder.parents):
        readme = folder / "README.md"
        if not readme.is_file():
            yield f"{relative(root, folder)}: no README.md"
        elif len(readme.read_text().splitlines()) > README_LINES:
            yield f"{relative(root, readme)}: more than {README_LINES} lines"


CHECKS = {
    "includes": check_includes,
    "paths": check_paths,
    "messages": check_messages,
    "places": check_places,
    "readmes": check_readmes,
}


def main(name, root="."):
    try:
        problems = list(CHECKS[name](pathlib.Path(root).resolve()))
    except (OSError, ValueError) as unreadable:
        problems = [unreadable]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
