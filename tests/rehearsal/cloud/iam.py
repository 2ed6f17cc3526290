"""A role's policies are texts, however they were given: moto keeps those of a template as it has read them."""

import json
from typing import Any

from moto.iam.models import Role


def install() -> None:
    """Let templates' policies be answered as IAM does, as JSON."""
    put_policy = Role.put_policy

    def put_text(self: Any, name: str, document: Any) -> None:
        put_policy(self, name, document if isinstance(document, str) else json.dumps(document))

    Role.put_policy = put_text
