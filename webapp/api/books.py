"""The ledger and the gate of this process: made when first needed, which is after gunicorn has forked."""

import threading

from django.conf import settings

from access.gate import Gate
from access.gate import gate as new_gate
from api.measured import measured
from ledger.context import Ledger
from ledger.start import connect

_lock = threading.RLock()
_ledger: Ledger | None = None
_gate: Gate | None = None


def ledger() -> Ledger:
    """The one ledger of this process."""
    global _ledger
    if _ledger is None:
        with _lock:
            if _ledger is None:
                _ledger = measured(connect(settings.LEDGER_CONFIGURATION))
    return _ledger


def gate() -> Gate:
    """The one gate of this process, which decides who is let in."""
    global _gate
    if _gate is None:
        with _lock:
            if _gate is None:
                _gate = new_gate(ledger(), settings.LEDGER_KEY_RATE)
    return _gate


def use(replacement: Ledger | None, its_gate: Gate | None = None) -> None:
    """Take these from now on; ``None``: make one anew when needed. For tests."""
    global _ledger, _gate
    with _lock:
        _ledger, _gate = replacement, its_gate
