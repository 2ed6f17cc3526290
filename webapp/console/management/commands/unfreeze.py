"""``manage.py unfreeze ACCOUNT_ID …``"""

from console.management.status_command import StatusCommand
from ledger.shares import ACTIVE


class Command(StatusCommand):
    """Sets the status at the home region; the other regions follow."""

    help = "Unfreeze accounts."
    status = ACTIVE
