"""Freeze and unfreeze an account: written at the home region, from where the other shares copy it."""

from ledger import entries, opening
from ledger.context import Ledger
from ledger.errors import Busy, RegionUnreachable
from ledger.names import check_account_id
from ledger.requests import Cancelled, Malformed, Unreachable
from ledger.shares import Share, next_version
from ledger.writes import change_share, has_entry

ATTEMPTS = 8  # the home share changes with every payment there, its status hardly ever


def set_status(ledger: Ledger, account_id: str, status: str) -> Share:
    """Set the account's status (``shares.ACTIVE`` or ``FROZEN``) at home; returns the home share as it was.

    Nothing is written if it has that status already. The other regions follow as soon as the change arrives there:
    until then a frozen account can still pay with the money that they hold. Raises ``InvalidField``,
    ``UnknownAccount``, ``RegionUnreachable`` and ``Busy``.
    """
    check_account_id(account_id, "account_id")
    home = ledger.topology.home
    for _ in range(ATTEMPTS):
        registered = opening.home_share(ledger, account_id)
        if registered.status == status:
            return registered
        op, seen = ledger.new_id(), registered.status_version
        key, change = ledger.topology.share_key(account_id, home), (status, next_version(seen), seen)
        # With the check it is a transaction, which has a token: the last version of all does not move on.
        is_account = has_entry(entries.opening_key(account_id, home))
        write = change_share(key, home, op=op, now=ledger.now(), status=change)
        try:
            ledger.home.write([write, is_account], op)
        except Cancelled:
            continue
        except Malformed as error:
            raise Busy(f"The row of account {account_id!r} is being mended.") from error
        except Unreachable as error:
            if ledger.here == home:
                raise
            raise RegionUnreachable((home,)) from error
        return registered
    raise Busy
