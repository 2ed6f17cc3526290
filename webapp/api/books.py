"""The ledger of this process: made when it is first needed, which is after gunicorn has forked."""

import threading

from django.conf import settings

from ledger.context import Ledger
from ledger.start import connect

_lock = threading.Lock()
_ledger: Ledger | None = None


def ledger() -> Ledger:
    """The one ledger of this process."""
    global _ledger
    if _ledger is None:
        with _lock:
            if _ledger is None:
                _ledger = connect(settings.LEDGER_CONFIGURATION)
    return _ledger


def use(replacement: Ledger | None) -> None:
    """Take ``replacement`` from now on; ``None``: connect anew when needed. For tests."""
    global _ledger
    with _lock:
        _ledger = replacement
