"""Each check accepts a small tree that is right, and names the fault when one is planted in it."""
import contextlib
import io
import pathlib
import subprocess
import tempfile
import unittest

import checks

ARCHITECTURE = """# Architecture

| folder | what lives there | may use |
|---|---|---|
| `src/base/` | bytes | |
| `src/crypto/` | hash | base |
| `src/channel/` | the contract | base |
| `src/channel/tls/` | TLS | base, crypto, channel |
| `src/portconf/` | the table | base |
| `src/client/list/` | the server list | base |
| `src/relay/` | sessions | base, channel (all) |
| `src/host/` | the daemon | all but client |
| `src/client/` | the workstation | all but host and portconf |
| `tests/` | tests | |
"""
MESSAGES = """inline constexpr Message session_ended{2002, Severity::info, "session_ended"};
inline constexpr Message session_stopped{2003, Severity::warning,
                                         "session_stopped"};
"""
OPERATING = """# Operating
### SP-2002 session_ended
**Cause** It ended. **Effect** None. **Recovery** None is needed.
### SP-2003 session_stopped
**Cause** A leg failed.
**Effect** The transfer is incomplete.
**Recovery** Connect again.
## Next
"""
README = "Bytes and results.\n"


class Tree(unittest.TestCase):
    """A small project in a temporary folder; `plant` changes one file of it."""

    FILES = {
        "docs/architecture.md": ARCHITECTURE,
        "docs/operating.md": OPERATING,
        "src/base/messages.hpp": MESSAGES,
        "src/base/README.md": README,
        "src/channel/tls/tls.hpp": "#include <openssl/ssl.h>\n",
        "src/channel/tls/README.md": README,
        "src/channel/README.md": README,
        "src/client/list/list.hpp": '#include "base/messages.hpp"\n',
        "src/client/list/README.md": README,
        "src/client/README.md": README,
        "src/crypto/README.md": README,
        "src/portconf/README.md": README,
        "src/relay/README.md": README,
        "src/host/README.md": README,
        "tests/README.md": README,
    }

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        for name, text in self.FILES.items():
            self.plant(name, text)

    def plant(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems(self, check):
        return [str(problem) for problem in checks.CHECKS[check](self.root)]

    def assert_found(self, check, *expected):
        found = self.problems(check)
        self.assertEqual(len(found), len(expected), found)
        for problem, part in zip(found, expected):
            self.assertIn(part, problem)


class AFaultlessTree(Tree):
    def test_has_no_problem(self):
        for check in checks.CHECKS:
            with self.subTest(check):
                self.assertEqual(self.problems(check), [])


class Includes(Tree):
    def test_that_break_the_table_are_found(self):
        for file, include in (
            ("src/base/a.cpp", '"channel/channel.hpp"'),
            ("src/base/a.hpp", '"crypto/hash.hpp"'),
            ("src/crypto/a.cpp", '"channel/channel.hpp"'),
            ("src/channel/a.cpp", '"crypto/hash.hpp"'),
            ("src/channel/a.cpp", '"channel/tls/tls.hpp"'),
            ("src/channel/tls/a.cpp", '"relay/leg.hpp"'),
            ("src/portconf/a.cpp", "<channel/channel.hpp>"),
            ("src/client/list/a.cpp", '"client/options.hpp"'),
            ("src/client/list/a.cpp", '"relay/leg.hpp"'),
            ("src/relay/a.cpp", '"host/options.hpp"'),
            ("src/relay/a.cpp", '"portconf/parser.hpp"'),
            ("src/host/a.cpp", '"client/options.hpp"'),
            ("src/client/a.cpp", '"portconf/parser.hpp"'),
            ("src/client/a.cpp", '"host/options.hpp"'),
            ("src/base/a.cpp", "<boost/asio/ip/tcp.hpp>"),
            ("src/client/list/a.cpp", "<boost/asio.hpp>"),
            ("src/channel/tls/a.cpp", "<boost/asio/ssl.hpp>"),
            ("src/host/a.cpp", "<spdlog/spdlog.h>"),
            ("src/channel/tls/a.cpp", "<cryptopp/sha.h>"),
            ("src/relay/a.cpp", "<intel-ipsec-mb.h>"),
            ("src/crypto/a.cpp", "<openssl/ssl.h>"),
            ("src/crypto/a.cpp", "<openssl/x509.h>"),
            ("src/host/a.cpp", "<openssl/evp.h>"),
            ("src/relay/a.cpp", "<openssl/ssl.h>"),
        ):
            with self.subTest(file=file, include=include):
                self.plant(file, f"#pragma once\n  #  include {include}\n")
                self.assert_found("includes", f"{file}:2: ")
                (self.root / file).unlink()

    def test_that_the_table_allows_are_accepted(self):
        for file, include in (
            ("src/base/a.cpp", "<spdlog/spdlog.h>"),
            ("src/base/a.cpp", "<boost/system/result.hpp>"),
            ("src/crypto/a.cpp", "<cryptopp/sha.h>"),
            ("src/crypto/a.cpp", "<intel-ipsec-mb.h>"),
            ("src/crypto/a.cpp", "<openssl/evp.h>"),
            ("src/crypto/inner/a.cpp", '"crypto/inner/made_while_building.inc"'),
            ("src/channel/tls/a.cpp", "<openssl/evp.h>"),
            ("src/channel/tls/a.cpp", "<openssl/x509v3.h>"),
            ("src/channel/tls/a.cpp", '"crypto/hash.hpp"'),
            ("src/relay/a.cpp", '"channel/tls/tls.hpp"'),
            ("src/relay/a.cpp", "<boost/asio/ip/tcp.hpp>"),
            ("src/host/a.cpp", '"portconf/parser.hpp"'),
            ("src/client/a.cpp", '"client/list/list.hpp"'),
        ):
            with self.subTest(file=file, include=include):
                self.plant(file, f"#include {include}\n")
                self.assert_found("includes")
                (self.root / file).unlink()

    def test_must_be_written_as_seen_from_src(self):
        self.plant("src/base/a.cpp", '#include "messages.hpp"\n')
        self.assert_found("includes", "src/base/a.cpp:1: messages.hpp is not written as seen from src/")

    def test_of_a_folder_without_a_row_are_found(self):
        self.plant("src/extra/a.cpp", "")
        self.assert_found("includes", "src/extra/a.cpp: its folder has no row")

    def test_follow_a_table_that_names_its_own_folders_alone(self):
        self.plant("docs/architecture.md", ARCHITECTURE.replace("| hash | base |", "| hash | bsae |"))
        with self.assertRaisesRegex(ValueError, "bsae"):
            self.problems("includes")


class Paths(Tree):
    def test_that_do_not_exist_are_found(self):
        for text, path in (
            ("See [it](gone.md).", "gone.md"),
            ("See [it](../docs/gone.md#part).", "../docs/gone.md"),
            ("In `src/base/gone.hpp`.", "src/base/gone.hpp"),
            ("In `src/gone`.", "src/gone"),
            ("In `gone.cpp`.", "gone.cpp"),
            ("In `gone/`.", "gone/"),
            ("Say `python3 tests/gone.py --check`.", "tests/gone.py"),
            ("All of `src/*/gone.md`.", "src/*/gone.md"),
            ("```\n./gone --help\n```", "./gone"),
            ("```\ncp packaging/gone.conf /etc\n```", "packaging/gone.conf"),
        ):
            for document in ("docs/other.md", "README.md", "src/base/README.md"):
                with self.subTest(text=text, document=document):
                    self.plant(document, text + "\n")
                    self.assert_found("paths", f"{document}: there is no {path}")
                    self.plant(document, "\n")

    def test_that_exist_and_words_that_are_no_paths_are_accepted(self):
        self.plant("run", "")
        self.plant(
            "docs/other.md",
            "[a](architecture.md) [b](../src/base/README.md) [c](https://host.example/gone.md) [d](#here) `tls.hpp`\n"
            "`src/base/` `src/*/README.md` `list/` `/etc/sallyport/portconf` `~/gone.sh` `AES256,X25519` `and/or`\n"
            "`*.cpp` `key.pem` `./run`\n```\n./run portconf -p2345\nopenssl s_client host/gone.cpp\n```\n",
        )
        self.assert_found("paths")


class Messages(Tree):
    def plant_manual(self, old, new):
        self.assertIn(old, OPERATING)
        self.plant("docs/operating.md", OPERATING.replace(old, new))

    def test_without_a_heading_are_found(self):
        self.plant("src/base/messages.hpp", MESSAGES + MESSAGES.replace("200", "300").replace("session", "key"))
        self.assert_found("messages", "no heading '### SP-3002 key_ended'", "no heading '### SP-3003 key_stopped'")

    def test_under_another_number_are_found(self):
        self.plant_manual("SP-2002", "SP-2009")
        self.assert_found(
            "messages", "no heading '### SP-2002 session_ended'", "'### SP-2009 session_ended' is no message"
        )

    def test_without_cause_effect_or_recovery_are_found(self):
        for part in ("**Cause** A", "**Effect** T", "**Recovery** C"):
            with self.subTest(part):
                self.plant_manual(part, "")
                self.assert_found("messages", f"'### SP-2003 session_stopped' has no {part[:-2]}")

    def test_documented_twice_are_found(self):
        self.plant("docs/operating.md", OPERATING + OPERATING)
        self.assert_found("messages", *["stands more than once"] * 4)

    def test_with_two_names_or_a_shared_number_are_found(self):
        self.plant("src/base/messages.hpp", MESSAGES.replace("Message session_ended", "Message session_over"))
        self.assert_found("messages", "session_over is named session_ended")
        self.plant("src/base/messages.hpp", MESSAGES + MESSAGES.splitlines()[0])
        self.assert_found("messages", "2002 stands for more", "2002 stands for more")

    def test_that_cannot_be_read_are_no_success(self):
        self.plant("src/base/messages.hpp", "\n")
        self.plant("docs/operating.md", "\n")
        self.assert_found("messages", "no message found")
        (self.root / "docs/operating.md").unlink()
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(checks.main("messages", self.root), 1)
        self.assertIn("docs/operating.md", printed.getvalue())


class Places(Tree):
    def test_of_one_machine_are_found_in_any_file(self):
        for place in ("/" + "work/main", "see shared" + "/notes.md"):
            for name in ("src/base/a.cpp", "run", "docs/a.md", ".ci/run"):
                with self.subTest(place=place, name=name):
                    self.plant(name, f"\n{place}\n")
                    self.assert_found("places", f"{name}:2: ")
                    (self.root / name).unlink()

    def test_like_names_are_accepted(self):
        self.plant("src/base/a.cpp", "std::shared_ptr<int> framework; // a shared folder at work\n")
        self.assert_found("places")


class Readmes(Tree):
    def test_that_are_missing_are_found(self):
        (self.root / "src/channel/tls/README.md").unlink()
        self.assert_found("readmes", "src/channel/tls: no README.md")

    def test_that_are_long_are_found(self):
        self.plant("src/base/README.md", "line\n" * 8)
        self.assert_found("readmes")
        self.plant("src/base/README.md", "line\n" * 9)
        self.assert_found("readmes", "src/base/README.md: more than 8 lines")


if __name__ == "__main__":
    unittest.main()
