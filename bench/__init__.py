"""make bench: how fast the server is, each figure beside something bare that ran on the same core a moment before."""

import sys
from pathlib import Path

# The typed client lies beside the rooms and is not installed.
sys.path.append(str(Path(__file__).resolve().parent.parent / "clients" / "python"))
