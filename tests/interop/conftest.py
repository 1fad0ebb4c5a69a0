"""What every test of the folder may ask for."""

import contextlib
import os
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from certificates import Authority  # noqa: E402
from namespaces import NoteNetwork  # noqa: E402
from support.network import enter_private_network  # noqa: E402

if os.geteuid() == 0:  # for others free_port() has to do
    enter_private_network()  # before any thread


@pytest.fixture
def started():
    """Starts what it is given, and ends it after the test: the last one first."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def note(started):
    return started(NoteNetwork())


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """An authority that nobody here trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture(scope="session")
def pair(authority):
    """The certificate of the host."""
    return authority.issue("host")
