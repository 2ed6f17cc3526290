"""Request bodies without a Content-Length, which Django would take for empty ones."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from api.parsers import LARGEST_BODY

type Environ = dict[str, Any]
type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Unchunked:
    """A WSGI application that hands on a chunked body (``Transfer-Encoding: chunked``) with its length.

    At most one byte more than the largest body is read: whoever looks at the length refuses it.
    A body whose chunks are malformed fails when it is read, as one whose connection broke does.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """See PEP 3333."""
        if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
            try:
                body = _read(environ["wsgi.input"], LARGEST_BODY + 1)
            except Exception:  # noqa: BLE001  (each server has its own errors for bad chunks; some are no OSError)
                environ |= {"wsgi.input": _Broken(), "CONTENT_LENGTH": "1"}
            else:
                environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self._application(environ, start_response)


def _read(stream: Any, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class _Broken:
    """A body that cannot be read."""

    def read(self, _size: int = -1) -> bytes:
        """Fail as a broken connection does."""
        raise OSError("malformed chunks")

    readline = read
