"""gunicorn's settings, the same in production and in the sandbox. What differs comes from the environment.

LEDGER_BIND      address and port (127.0.0.1:8080)
LEDGER_WORKERS   processes (1)
LEDGER_THREADS   threads per process (32)
"""

import os
from pathlib import Path

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
