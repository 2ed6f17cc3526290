"""Times for people: UTC, to the second. The exact one is in the markup."""

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString

_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{6}Z", re.ASCII)


def shown(written: str) -> SafeString | str:
    """A time of the tables; whatever else stands there, as it is."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return written
    return format_html('<time datetime="{}" title="{}">{} {}</time>', written, written, *match.groups())
