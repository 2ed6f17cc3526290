"""Logs: one JSON object per line on stdout, each with the id of the request that it belongs to."""

import logging
from typing import Any

from api import current


class RequestId(logging.Filter):
    """Adds ``request_id`` to every record: ``None`` outside of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See ``logging.Filter``."""
        record.request_id = current.get().request_id
        return True


class OnlyExceptions(logging.Filter):
    """Lets through what carries a traceback: everything else that Django says of a request, the access line says."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See ``logging.Filter``."""
        return bool(record.exc_info)


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": RequestId}, "only_exceptions": {"()": OnlyExceptions}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": True,
        }
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "json",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        # Django's own handlers (stderr in development, mail to admins) are taken away.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"filters": ["only_exceptions"]},
        # Anyone can send a wrong Host header: that is an access line with status 400, not a traceback.
        "django.security": {"handlers": [], "level": "CRITICAL", "propagate": False},
        # boto3 tells at INFO where it found its credentials.
        "botocore": {"level": "WARNING"},
        "boto3": {"level": "WARNING"},
    },
}
