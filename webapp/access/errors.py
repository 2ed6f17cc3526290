"""Why a caller is not let in. ``code`` is stable and part of the HTTP contract; ``detail`` never shows a key."""


class AccessError(Exception):
    """Base of all refusals."""

    code: str

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidKey(AccessError):
    """No key that opens anything. It does not say which of the four it is: who asks may be guessing."""

    code = "invalid-key"

    def __init__(self) -> None:
        super().__init__("The API key is malformed, unknown, expired or revoked.")


class InsufficientScope(AccessError):
    """The key does not have the scope that the call needs."""

    code = "insufficient-scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This call needs an API key with the scope {scope!r}.")
        self.scope = scope


class DebitNotAllowed(AccessError):
    """The key may make transfers, but not from this account."""

    code = "debit-not-allowed"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"This API key may not debit account {account_id!r}.")
        self.account_id = account_id


class SystemAccountDebited(DebitNotAllowed):
    """Nobody who calls the API may take money out of a system account."""

    def __init__(self, account_id: str) -> None:
        super().__init__(account_id)
        self.detail = f"Account {account_id!r} is a system account: only operators debit it, in the admin."


class TooManyRequests(AccessError):
    """Faster than the limit. ``wait``: seconds until the next request is let in, if nothing else comes before it."""

    code = "too-many-requests"

    def __init__(self, wait: float) -> None:
        super().__init__("Too many requests. Send the same request again after the time in Retry-After.")
        self.wait = wait
