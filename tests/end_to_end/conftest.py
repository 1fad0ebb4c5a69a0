"""What every test of the folder may ask for."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.network import enter_private_network  # noqa: E402
from support.peers import Mip, echo  # noqa: E402

PRIVATE = enter_private_network()  # before any thread


@pytest.fixture
def private_network():
    if not PRIVATE:
        pytest.skip("NEEDS A NETWORK NAMESPACE for the support note's fixed ports, and `unshare -n` is not allowed")


@pytest.fixture
def mip():
    """A target that sends back what it gets."""
    with Mip(echo) as target:
        yield target


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("module")
