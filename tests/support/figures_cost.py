"""What the figures of a payment cost its process: ``python -m tests.support.figures_cost``.

The access line of a payment is written as it is, without figures, with them, and with them and counted for Prometheus;
in turn, so that a machine that is busy with other things is as busy for all three. Nothing else of a request is done.
"""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LINES = 5_000  # of each kind in each round
ROUNDS = 6
LINE = {
    "request_id": "7fa6729d-8fad-49ac-838a-86b7ef7b7fd0", "method": "POST", "route": "transfer", "status": 200,
    "duration_ms": 12.3, "principal": "teller", "key_id": "Kp3vX0aQ2mLw", "code": None,
    "transfer_id": "59355e56-fda4-51f3-a77c-f5966d538ba2",
}  # fmt: skip


def main() -> None:
    """Measure, and print microseconds and bytes of a line."""
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # before anything imports prometheus_client
        sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "webapp"))
        kinds = _kinds(logging.StreamHandler(nowhere))
        best = dict.fromkeys(kinds, float("inf"))
        for _ in range(ROUNDS):
            for name, write in kinds.items():
                began = time.perf_counter()
                for _ in range(LINES):
                    write()
                best[name] = min(best[name], (time.perf_counter() - began) / LINES * 1e6)
    for name, microseconds in best.items():
        print(f"{name:40} {microseconds:6.1f} microseconds")


def _kinds(handler: logging.Handler) -> dict[str, Callable[[], None]]:
    from config.logs import LOGGING, JsonLines
    from exporter.counting import Prometheus
    from figures import emf, table
    from figures.table import OF_THE_APP, Observation

    options = {name: value for name, value in LOGGING["formatters"]["json"].items() if name != "()"}
    handler.setFormatter(JsonLines(**options))

    def logger(name: str, *handlers: logging.Handler) -> logging.Logger:
        found = logging.getLogger(name)
        found.propagate = False
        found.setLevel(logging.INFO)
        for each in handlers:
            found.addHandler(each)
        return found

    def figures() -> dict[str, Any]:
        seen = [
            Observation(table.REQUESTS, [1], ("transfer", "200")),
            Observation(table.STORE_DURATION, [0.0101]),
            Observation(table.TRANSFERS, [1], ("posted",)),
            Observation(table.TRANSFER_DURATION, [0.0123]),
        ]
        return emf.members(seen, time.time())

    cloudwatch = logger("cloudwatch", handler)
    both = logger("both", handler, Prometheus(OF_THE_APP))
    for name, more in (("without", {}), ("with", figures())):
        record = cloudwatch.makeRecord("access", logging.INFO, "", 0, "request", (), None, extra={**LINE, **more})
        print(f"a line {name} figures: {len(handler.format(record))} bytes")
    return {
        "a line": lambda: cloudwatch.info("request", extra=LINE),
        "a line with figures": lambda: cloudwatch.info("request", extra={**LINE, **figures()}),
        "a line with figures, and Prometheus": lambda: both.info("request", extra={**LINE, **figures()}),
    }


if __name__ == "__main__":
    main()
