"""The ledger for commands that read whole tables."""

from django.conf import settings

from ledger.context import Ledger
from ledger.start import connect_for_reading


def reading_ledger() -> Ledger:
    """A ledger that has more patience with each page than the application has with a payment."""
    return connect_for_reading(settings.LEDGER_CONFIGURATION)
