"""What every test of the folder may import."""
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from support.network import enter_private_network  # noqa: E402

if os.geteuid() == 0:  # for others free ports have to do
    enter_private_network()  # before any thread
