"""What account ids look like."""

import re

from ledger.errors import InvalidField

_ACCOUNT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


def is_account_id(value: object) -> bool:
    """1 to 128 letters, digits, ``.``, ``_``, ``:``, ``-``; first a letter or digit.

    ``@`` stands between account id and region in the keys of shares, ``~`` in the ids of journal entries.
    """
    return isinstance(value, str) and _ACCOUNT_ID.fullmatch(value) is not None


def check_account_id(value: str, field: str) -> None:
    """Raise ``InvalidField`` if ``value`` cannot be an account id."""
    if not is_account_id(value):
        raise InvalidField(field, "Must be 1 to 128 letters, digits, '.', '_', ':' or '-', first a letter or digit.")
