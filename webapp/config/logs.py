"""Logs: one JSON object per line on stdout, each with the id of the request that it belongs to."""

import logging
import os
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from api import current
from figures import emf
from figures.table import OF_THE_APP


class RequestId(logging.Filter):
    """Adds ``request_id`` to every record (``None`` outside of a request), and the caller's trace if it named one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See ``logging.Filter``."""
        known = current.get()
        record.request_id = known.request_id
        if known.trace is not None:
            record.trace_id, record.parent_id = known.trace
        return True


class JsonLines(JsonFormatter):
    """JSON, with a line's figures where CloudWatch looks for them. Other names that begin with ``_`` are left out."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """See ``JsonFormatter``."""
        super().add_fields(log_data, record, message_dict)
        if (metadata := vars(record).get(emf.METADATA)) is not None:
            log_data[emf.METADATA] = metadata


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
            "()": JsonLines,
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

# The same figures for Prometheus, where gunicorn.conf.py says.
if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    LOGGING["handlers"]["prometheus"] = {"()": "exporter.counting.Prometheus", "figures": OF_THE_APP}
    LOGGING["loggers"]["access"] = {"handlers": ["prometheus"]}
