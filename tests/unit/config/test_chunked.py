"""Chunked bodies get a length."""

from io import BytesIO
from typing import Any

import pytest

from api.parsers import LARGEST_BODY
from config.chunked import Unchunked


def seen(environ: dict[str, Any]) -> dict[str, Any]:
    """What the wrapped application gets."""
    got: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        got.update(environ)
        return []

    Unchunked(application)(environ, lambda *_: None)
    return got


def chunked(body: bytes) -> dict[str, Any]:
    """A request as a server hands it on that has understood its chunks."""
    return {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "wsgi.input": BytesIO(body)}


@pytest.mark.parametrize(("sent", "handed_on"), [(0, 0), (10, 10), (LARGEST_BODY, LARGEST_BODY)])
def test_a_body_gets_its_length(sent: int, handed_on: int) -> None:
    environ = seen(chunked(b"x" * sent))
    assert environ["CONTENT_LENGTH"] == str(handed_on)
    assert environ["wsgi.input"].read() == b"x" * handed_on


def test_no_more_is_read_than_shows_that_it_is_too_much() -> None:
    request = chunked(b"x" * 10 * LARGEST_BODY)
    source = request["wsgi.input"]
    assert seen(request)["CONTENT_LENGTH"] == str(LARGEST_BODY + 1)
    assert source.tell() == LARGEST_BODY + 1


def test_a_body_with_a_length_is_left_alone() -> None:
    request = {"CONTENT_LENGTH": "3", "wsgi.input": BytesIO(b"abc"), "wsgi.input_terminated": True}
    assert seen(dict(request)) == request


def test_broken_chunks_fail_when_they_are_read() -> None:
    class Broken:
        def read(self, _size: int) -> bytes:
            raise ValueError("bad chunk")

    environ = seen({**chunked(b""), "wsgi.input": Broken()})
    assert environ["CONTENT_LENGTH"] == "1"
    with pytest.raises(OSError, match="chunks"):
        environ["wsgi.input"].read()
