"""gunicorn's settings, the same in production and in the sandbox. What differs comes from the environment.

LEDGER_BIND      address and port (127.0.0.1:8080)
LEDGER_WORKERS   processes (1)
LEDGER_THREADS   threads per process (32)

LEDGER_METRICS_PORT        port of the figures for Prometheus, on loopback (none); needs the next
PROMETHEUS_MULTIPROC_DIR   where the processes keep them; whoever starts the service empties it
"""

import os
from pathlib import Path
from typing import Any

bind = os.environ.get("LEDGER_BIND", "127.0.0.1:8080")
chdir = str(Path(__file__).resolve().parent)

# Requests wait for the store, not for the processor: sync workers would stall on that.
# This one is gthread, with bounds on how long a client may hold a thread.
worker_class = "config.worker.BoundedWorker"
workers = int(os.environ.get("LEDGER_WORKERS", "1"))
threads = int(os.environ.get("LEDGER_THREADS", "32"))
# In memory: gunicorn touches a file there (under a name of its own making) to say that a worker lives.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # nosec B108

# How long a process may be silent, and the longest that a request may take in all: far longer than the ledger takes
# to give up, so that an answer (503 with the key) comes from the ledger.
timeout = 60
graceful_timeout = 15
keepalive = 5

# The largest request line of the API is an opaque cursor in a query string.
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190

# No proxy is trusted to rewrite requests: nobody may set SCRIPT_NAME or the like by a header.
forwarded_allow_ips = ""
forwarder_headers = ""

# The application logs each request itself, as JSON with the request id; what gunicorn says is JSON as well.
accesslog = None
errorlog = "-"
loglevel = "warning"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": True,
        }
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": ["stdout"], "level": "WARNING", "propagate": False}},
}

# Nobody uses gunicorn's control socket; it would be one more thing to protect.
control_socket_disable = True

# Figures for Prometheus: the master opens the port, so that it stays while workers come and go, and every worker
# answers there for all. No thread runs in the master: it forks.
_metrics_port = os.environ.get("LEDGER_METRICS_PORT", "")
if _metrics_port and not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    raise RuntimeError("LEDGER_METRICS_PORT is set, and PROMETHEUS_MULTIPROC_DIR is not: it must name a directory.")
_listener = None


def on_starting(server: Any) -> None:
    """The master starts. A port that is taken is an error in the log and stops no payment."""
    global _listener
    if _metrics_port:
        from exporter import serving

        try:
            _listener = serving.listen(int(_metrics_port))
        except OSError as error:
            server.log.error("no figures for Prometheus: port %s: %s", _metrics_port, error)


def post_worker_init(worker: Any) -> None:
    """A worker has loaded the application."""
    if _listener is not None:
        from exporter import serving

        serving.serve(_listener)


def child_exit(server: Any, worker: Any) -> None:
    """A worker has ended. What it has counted stays."""
    if _metrics_port:
        from exporter import serving

        serving.forget(worker.pid)
