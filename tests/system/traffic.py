"""Clients in every region that pay at random, and note every answer."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import requests

TIMEOUT = 12.0  # seconds a client waits for an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: when the request began and ended (seconds since the start), where, what; status 0 is none."""

    began: float
    ended: float
    region: str
    kind: str
    status: int
    transfer_id: str | None
    detail: str = ""
    replayed: bool = False
    parties: tuple[str, ...] = ()


@dataclass
class Traffic:
    """Payments until ``stop``. ``local[region]``: accounts with money in that region that only it pays between.

    ``repeat``: the part of all payments that is sent again with the same key, in the other region. ``most``: payments
    of each client, after which it rests.
    """

    urls: Mapping[str, str]
    shared: Sequence[str]
    local: Mapping[str, Sequence[str]]
    repeat: float = 0.1
    clients_per_region: int = 4
    seed: int = 1
    pause: float = 0.02
    most: int = 1_000_000
    answers: list[Answer] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _start: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Let the clients begin."""
        self._start = time.monotonic()
        for position, region in enumerate(self.urls):
            for client in range(self.clients_per_region):
                dice = random.Random(f"{self.seed} {position} {client}")
                thread = threading.Thread(target=self._run, args=(region, dice), daemon=True)
                thread.start()
                self._threads.append(thread)

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def stop(self) -> None:
        """Let the clients finish what they have begun."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=4 * TIMEOUT)
            assert not thread.is_alive(), "a client does not come to an end"

    def acknowledged(self) -> set[str]:
        """The ids of all transfers that were answered 200."""
        return {answer.transfer_id for answer in self.answers if answer.status == 200 and answer.transfer_id}

    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        return Counter(answer.status for answer in self.answers)

    def _run(self, region: str, dice: random.Random) -> None:
        session = requests.Session()
        for _ in range(self.most):
            if self._stop.is_set():
                return
            if dice.random() < 0.3:
                accounts, kind, amount = self.local[region], "local", 1
            else:
                accounts, kind, amount = self.shared, "shared", dice.choice((1, 2, 5, 20, 100))
            payer, payee = dice.sample(list(accounts), 2)
            body: dict[str, str | int] = {"from_account": payer, "to_account": payee, "amount": amount}
            key = str(uuid.UUID(int=dice.getrandbits(128)))
            self._pay(session, region, kind, key, body)
            if kind == "shared" and dice.random() < self.repeat:
                other = dice.choice([url for url in self.urls if url != region])
                self._pay(session, other, "repeated", key, body)
            time.sleep(self.pause)

    def _pay(self, session: requests.Session, region: str, kind: str, key: str, body: Mapping[str, str | int]) -> None:
        began, parties = self.now(), (str(body["from_account"]), str(body["to_account"]))
        try:
            answer = session.post(
                f"{self.urls[region]}/transfer", json=body, headers={"Idempotency-Key": key}, timeout=TIMEOUT
            )
        except requests.RequestException as error:
            self.answers.append(Answer(began, self.now(), region, kind, 0, None, repr(error), parties=parties))
            return
        transfer_id = answer.json().get("transfer_id") if answer.status_code == 200 else None
        status, replayed, detail = answer.status_code, "Idempotency-Replayed" in answer.headers, answer.text[:500]
        self.answers.append(Answer(began, self.now(), region, kind, status, transfer_id, detail, replayed, parties))
