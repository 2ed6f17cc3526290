"""``manage.py freeze ACCOUNT_ID …``"""

from console.management.status_command import StatusCommand
from ledger.shares import FROZEN


class Command(StatusCommand):
    """Sets the status at the home region; the other regions follow."""

    help = "Freeze accounts: they neither pay nor are paid."
    status = FROZEN
