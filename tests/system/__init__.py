"""Tests of everything together, and what they do to it."""

import sys
from pathlib import Path

# ``python -m tests.system.torture`` finds the names of the figures where the application has them.
WEBAPP = str(Path(__file__).resolve().parents[2] / "webapp")
if WEBAPP not in sys.path:
    sys.path.insert(0, WEBAPP)
