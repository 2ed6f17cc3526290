"""In the place of the Django project: says that it is well."""

import os
from collections.abc import Callable, Iterable
from typing import Any


def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer every request with the region and the process id."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.environ['LEDGER_REGION']} {os.getpid()}".encode()]
