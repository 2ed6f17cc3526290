"""Settings from the environment. Every helper refuses an odd value with ``ImproperlyConfigured``, naming the variable.

No setting that matters for safety has a default that works.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 50  # characters, as Django's own deployment check demands
FEWEST_DIFFERENT = 5  # different characters in a secret, likewise

_NUMBER = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_HOST = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]", re.ASCII)


def text(environ: Mapping[str, str], name: str) -> str:
    """The value of a required variable."""
    value = environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. It is required and has no default.")
    if value != value.strip():
        raise ImproperlyConfigured(f"{name} begins or ends with white space.")
    return value


def secret(environ: Mapping[str, str], name: str) -> str:
    """A secret that nobody guesses. The message never shows it.

    Under systemd it is a file in ``CREDENTIALS_DIRECTORY`` (``LoadCredential=``), which no other process can read;
    elsewhere the variable of that name.
    """
    credential = Path(environ.get("CREDENTIALS_DIRECTORY", ""), name)
    if "CREDENTIALS_DIRECTORY" in environ and credential.is_file():
        environ = {name: credential.read_text(encoding="utf-8")}
    value = text(environ, name)
    if len(value) < SHORTEST_SECRET or len(set(value)) < FEWEST_DIFFERENT or value.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            f"{name} must have at least {SHORTEST_SECRET} characters, made at random: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return value


def flag(environ: Mapping[str, str], name: str) -> bool:
    """``1`` is on; ``0``, empty or missing is off; nothing else is understood."""
    value = environ.get(name, "")
    if value not in ("", "0", "1"):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 (on) or 0 (off).")
    return value == "1"


def number(environ: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from 1 to 99999."""
    value = environ.get(name, "") or str(default)
    if _NUMBER.fullmatch(value) is None:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number from 1 to 99999.")
    return int(value)


def hosts(environ: Mapping[str, str], name: str) -> list[str]:
    """Comma-separated host names without ports. No wildcard for all hosts."""
    names = [part.strip() for part in text(environ, name).split(",")]
    for host in names:
        if _HOST.fullmatch(host) is None:
            raise ImproperlyConfigured(
                f"{name} has {host!r}; each part must be a host name or address without a port, such as 127.0.0.1."
            )
    return names
