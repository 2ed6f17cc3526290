"""Payments without a pause, each sent once, while something happens to the hosts."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.rehearsal.machines import namespaces
from tests.rehearsal.operator import Answer
from tests.rehearsal.places import OUTSIDER

type Send = Callable[[dict[str, str]], Answer]
"""Sends a transfer to an app, once."""

CALLERS = 2
"""For every app; each payment has a connection of its own, as with many clients."""
PAUSE = 0.2
"""Seconds between a caller's payments: this machine has other things to do, too."""


@dataclass(slots=True)
class Load:
    """What became of the payments: how many were answered with 200, and every other answer."""

    paid: int = 0
    lost: list[Answer] = field(default_factory=list)


@contextmanager
def paying(apps: Sequence[Send], payer: str, payee: str, callers: int = CALLERS) -> Iterator[Load]:
    """Pay 0.01 from ``payer`` to ``payee`` and back through every app, until the end of the block."""
    load, stop, lock = Load(), threading.Event(), threading.Lock()

    def pay(send: Send) -> None:
        with namespaces.entered(OUTSIDER.namespace):
            for payment in itertools.count():
                if stop.wait(PAUSE):
                    return
                one, other = (payer, payee) if payment % 2 == 0 else (payee, payer)
                body = {"from_account": one, "to_account": other, "amount": "0.01"}
                answer = send(body)
                with lock:
                    if answer.status == 200:
                        load.paid += 1
                    else:
                        load.lost.append(answer)

    threads = [threading.Thread(target=pay, args=(send,)) for send in apps for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join()
