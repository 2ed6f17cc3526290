"""What is known of the request that is being answered, for every log line written meanwhile."""

import re
import uuid
from contextvars import ContextVar, Token
from dataclasses import dataclass

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(slots=True)
class Current:
    """One request. Views fill in what they learn; the access line reports it."""

    request_id: str | None
    principal: str | None = None
    key_id: str | None = None
    transfer_id: str | None = None
    code: str | None = None


_current: ContextVar[Current | None] = ContextVar("current_request", default=None)


def get() -> Current:
    """The request of this thread; outside of one, an empty one."""
    return _current.get() or Current(request_id=None)


def begin(request_id: str | None) -> tuple[Current, Token[Current | None]]:
    """Start a request: under the caller's id if it is 1 to 128 visible ASCII characters, else under a new one."""
    usable = request_id is not None and _REQUEST_ID.fullmatch(request_id) is not None
    current = Current(request_id=request_id if usable else str(uuid.uuid4()))
    return current, _current.set(current)


def end(token: Token[Current | None]) -> None:
    """Forget the request: threads are used again."""
    _current.reset(token)
