"""gunicorn's settings, the same in production and in the sandbox. What differs comes from the environment.

LEDGER_BIND      address and port (127.0.0.1:8080)
LEDGER_WORKERS   processes (1)
LEDGER_THREADS   threads per process (16)
"""

import os
from pathlib import Path

bind = os.environ.get("LEDGER_BIND", "127.0.0.1:8080")
chdir = str(Path(__file__).resolve().parent)

# Requests wait for the store, not for the processor: sync workers would stall on that.
worker_class = "gthread"
workers = int(os.environ.get("LEDGER_WORKERS", "1"))
threads = int(os.environ.get("LEDGER_THREADS", "16"))
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

# Longer than the ledger's own bounded total time, so that an answer (503 with the key) comes from the ledger.
timeout = 60
graceful_timeout = 15
keepalive = 5

# The largest request line of the API is an opaque cursor in a query string.
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190

# The application logs each request itself, as JSON with the request id.
accesslog = None
errorlog = "-"
loglevel = "warning"

# Nobody uses gunicorn's control socket; it would be one more thing to protect.
control_socket_disable = True
