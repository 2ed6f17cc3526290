"""What is known of the request that is being answered, for every log line written meanwhile."""

import re
import uuid
from contextvars import ContextVar, Token
from dataclasses import dataclass, field

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
# W3C Trace Context, "traceparent Header Field Values": no zeros alone, no version ff. Later versions may append fields.
_TRACEPARENT = re.compile(
    r"(?:00-(?P<now>{ids})|(?!00|ff)[0-9a-f]{{2}}-(?P<later>{ids})(?:-[\x21-\x7e]*)?)".format(
        ids=r"(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
    )
)


@dataclass(slots=True)
class Current:
    """One request. Views fill in what they learn; the access line reports it."""

    request_id: str | None
    principal: str | None = None
    key_id: str | None = None
    transfer_id: str | None = None
    code: str | None = None
    trace: tuple[str, str] | None = None
    """The trace that the caller belongs to: its id, and the caller's place in it."""
    outcome: str | None = None
    """What became of a payment, if it was not refused."""
    store: list[float] = field(default_factory=list)
    remote: list[float] = field(default_factory=list)
    """Requests to the tables that were answered, in seconds each: of the own region and of others."""
    failures: int = 0
    grants: int = 0


_current: ContextVar[Current | None] = ContextVar("current_request", default=None)


def get() -> Current:
    """The request of this thread; outside of one, an empty one."""
    return _current.get() or Current(request_id=None)


def begin(request_id: str | None, traceparent: str | None = None) -> tuple[Current, Token[Current | None]]:
    """Start a request: under the caller's id if it is 1 to 128 visible ASCII characters, else under a new one.

    A ``traceparent`` that is none is ignored.
    """
    usable = request_id is not None and _REQUEST_ID.fullmatch(request_id) is not None
    current = Current(request_id=request_id if usable else str(uuid.uuid4()), trace=_trace(traceparent))
    return current, _current.set(current)


def _trace(traceparent: str | None) -> tuple[str, str] | None:
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent is not None else None
    if found is None:
        return None
    trace_id, parent_id, _flags = (found["now"] or found["later"]).split("-")
    return trace_id, parent_id


def end(token: Token[Current | None]) -> None:
    """Forget the request: threads are used again."""
    _current.reset(token)
