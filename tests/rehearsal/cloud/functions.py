"""What moto's Lambda lacks: an account's limits."""

import json
from typing import Any

from moto.awslambda import urls

SETTINGS = {
    "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000},
    "AccountUsage": {"FunctionCount": 2},
}


def install() -> None:
    """Let moto's Lambda answer GetAccountSettings (Lambda's API Reference)."""
    urls.url_paths[r"{0}/2016-08-19/account-settings/?$"] = _settings


def _settings(*_: Any) -> tuple[int, dict[str, str], str]:
    return 200, {"Content-Type": "application/json"}, json.dumps(SETTINGS)
