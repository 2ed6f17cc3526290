"""System accounts: the operators' own, known by their ids. To the ledger they are accounts as any other.

Operators correct balances by transfers to and from ``system:adjustments:USD``, one for each currency. No API key opens
such an account or takes money out of it, whatever its scopes, and no caller without a key does. Anybody may pay in.
"""

PREFIX = "system:"
ADJUSTMENTS = f"{PREFIX}adjustments:"


def is_system_account(account_id: str) -> bool:
    """Whether only operators may open and debit it. Capital and small letters differ, as in all ids."""
    return account_id.startswith(PREFIX)


def adjustments_account(currency: str) -> str:
    """The account that adjustments in ``currency`` are posted against."""
    return f"{ADJUSTMENTS}{currency}"
