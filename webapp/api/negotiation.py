"""Which media types are read and written."""

from collections.abc import Sequence

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_UTF_8 = ("utf-8", "utf8", "us-ascii")


class Negotiation(BaseContentNegotiation):
    """``Content-Type`` names the parser exactly; ``Accept`` chooses the renderer by RFC 9110, ``q=0`` included."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser | None:
        """The parser for the body of ``request``; ``None`` is answered with 415."""
        media_type, charset = request._request.content_type, request._request.content_params.get("charset", "utf-8")
        if charset.lower() not in _UTF_8:
            return None
        return next((parser for parser in parsers if parser.media_type == media_type.lower()), None)

    def select_renderer(
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer that the caller prefers, and its media type. Raises ``NotAcceptable``."""
        media_type = request._request.get_preferred_type([renderer.media_type for renderer in renderers])
        for renderer in renderers:
            if renderer.media_type == media_type:
                return renderer, media_type
        raise NotAcceptable(available_renderers=renderers)
