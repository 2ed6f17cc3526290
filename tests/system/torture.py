"""Torture of a sandbox: clients in both regions under cuts, lags, kills and hands; then the books are checked.

``make torture MINUTES=5 [SEED=1]``. The processes of the ledger are killed: apps, their workers, resolvers. (Not the
engine, which is the cloud, nor the supervisor, whose end is the end of all.) Everything is on this machine and bounded
in time and count. The faults are the seed's; the clients' payments too, but when which of them meets which fault is up
to the machine. Exit status: 0 the books are right, 1 they are not, 2 it could not be tried.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.config import ROOT
from sandbox.settling import NotSettled
from sandbox.testing import DidNotStart, Sandbox, running
from tests.support import books
from tests.system import figures
from tests.system.faults import Fault, Tormentor, plan
from tests.system.traffic import Traffic

HOME, AWAY = "ap-northeast-2", "eu-central-1"
CLIENTS_PER_REGION = 8
SHARED = [f"shared-{number:02}" for number in range(20)]
TOUCHED = SHARED[:5]  # by hands; the others are to have payments whatever people do
LOCAL = {region: [f"{region}-{number}" for number in range(4)] for region in (HOME, AWAY)}
OPENING = 1000
MOST_PAYMENTS = 20_000  # of each client
LONGEST = 60.0  # minutes
# To read all streams to their end takes about as long as it took to write them, on a machine that is busy.
SETTLE_SECONDS = 120.0  # and twice as long as the torture
AUDIT_SECONDS = 300.0
STATUSES = {0, 200, 409, 503}  # and 404 for an account that a hand has deleted, for a moment

type Say = Callable[[str], None]


@dataclass
class Verdict:
    """What was seen. ``problems`` is empty if the books are right and every answer was one of those expected."""

    seed: int
    paid: int = 0
    problems: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


def torture(minutes: float, seed: int, say: Say) -> Verdict:
    """Do it for ``minutes`` and judge. Raises ``DidNotStart``."""
    verdict = Verdict(seed)
    seconds = min(minutes, LONGEST) * 60
    with _credentials(), running(lag=0.5, sweep_every=2.0) as sandbox:
        _open_accounts(sandbox)
        urls = {region: sandbox.app_url(region) for region in sandbox.regions}
        traffic = Traffic(
            urls, SHARED, LOCAL, clients_per_region=CLIENTS_PER_REGION, seed=seed, pause=0.05, most=MOST_PAYMENTS
        )
        tormentor = Tormentor(sandbox, TOUCHED)
        scraper = figures.Scraper(sandbox)
        verdict.log = tormentor.log
        scraper.start()
        traffic.start()
        try:
            _carry_out(plan(seed, seconds), seconds, tormentor, traffic, say)
        finally:
            tormentor.heal()
            traffic.stop()
        say("settling …")
        began = time.monotonic()
        try:
            sandbox.settle(timeout=SETTLE_SECONDS + 2 * seconds)
        except NotSettled as error:
            verdict.problems.append(f"not settled: {error}")
        settled_in = time.monotonic() - began
        say("checking the books …")
        scraper.stop()
        found = books.read({region: sandbox.client(region) for region in sandbox.regions})
        verdict.problems += books.problems(found, traffic.acknowledged())
        audited, problems = _audit(sandbox)
        verdict.problems += problems
        verdict.problems += _odd_answers(traffic)
        if audited:
            verdict.problems += figures.disagreements(scraper, found, traffic.answers, audited)
        verdict.paid = traffic.statuses()[200]
        verdict.figures = _figures(traffic, tormentor, found, seconds, settled_in) + figures.lines(scraper, found)
    return verdict


def _carry_out(faults: list[Fault], seconds: float, tormentor: Tormentor, traffic: Traffic, say: Say) -> None:
    tormentor.began = began = time.monotonic()
    for fault in [*faults, None]:
        at = seconds if fault is None else fault.at
        while (now := time.monotonic() - began) < at:
            time.sleep(min(0.5, at - now))
            kills, cuts = tormentor.done["kill"], tormentor.done["cut"]
            hands = sum(count for kind, count in tormentor.done.items() if kind.startswith("hand"))
            paid = traffic.statuses()[200]
            say(f"{now:4.0f} s of {seconds:.0f}: {paid} payments, {cuts} cuts, {kills} kills, {hands} hands")
        if fault is not None:
            tormentor.carry_out(fault)


def _open_accounts(sandbox: Sandbox) -> None:
    for region, names in ((HOME, [*SHARED, *LOCAL[HOME]]), (AWAY, LOCAL[AWAY])):
        for name in names:
            body = {"account_id": name, "balance": OPENING, "currency": "USD"}
            requests.post(f"{sandbox.app_url(region)}/create_account", json=body, timeout=10).raise_for_status()


def _audit(sandbox: Sandbox) -> tuple[dict[str, Any], list[str]]:
    """What the product's own audit has counted, and what it says if it does not say that all is right."""
    command = [sys.executable, str(ROOT / "webapp" / "manage.py"), "audit", "--json"]
    environment = os.environ | sandbox.app_environment(HOME)
    try:
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=AUDIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {}, [f"manage.py audit took more than {AUDIT_SECONDS:g} s"]
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = (done.stdout + done.stderr).strip().splitlines()
        return {}, [f"manage.py audit ended with status {done.returncode}:", *(f"    {line}" for line in said[:40])]
    if done.returncode == 0:
        return report, []
    findings = [f"    {kind}: {one['text']}" for kind in ("wrong", "waiting", "moving") for one in report[kind]]
    return report, [f"manage.py audit ended with status {done.returncode}: {report['line']}", *findings[:40]]


def _odd_answers(traffic: Traffic) -> list[str]:
    odd = [
        answer
        for answer in traffic.answers
        if answer.status not in STATUSES and not (answer.status == 404 and set(answer.parties) & set(TOUCHED))
    ]
    return [f"{answer.kind} payment in {answer.region}: {answer.status} {answer.detail}" for answer in odd[:20]]


def _figures(traffic: Traffic, tormentor: Tormentor, found: books.Books, seconds: float, settled: float) -> list[str]:
    statuses = traffic.statuses()
    repeated = Counter(answer.status for answer in traffic.answers if answer.kind == "repeated")
    reasons = Counter(str(entry["reason"]) for entry in found.entries("incident"))
    took = sorted(answer.ended - answer.began for answer in traffic.answers if answer.status == 200)
    median, most = (took[len(took) // 2], took[len(took) * 99 // 100]) if took else (0.0, 0.0)
    return [
        f"payments answered   {len(traffic.answers)} in {seconds:.0f} s: {_counts(statuses)} (0: no answer)",
        f"of them repeats     {sum(repeated.values())} in the other region: {_counts(repeated)}",
        f"executed            {statuses[200] / seconds:.0f} a second, median {median:.3f} s, 99 % within {most:.3f} s",
        f"faults              {_counts(tormentor.done)}",
        f"undone              {len(found.entries('void'))} payments that two regions had executed",
        f"incidents           {sum(reasons.values())}: {_counts(reasons)}",
        f"books               {len(found.shares)} shares, {len(found.journal)} entries, settled in {settled:.1f} s",
    ]


def _counts(counter: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in sorted(counter.items(), key=str)) or "none"


@contextmanager
def _credentials() -> Iterator[None]:
    """The sandbox's processes take their credentials from the environment, as in production."""
    before = dict(os.environ)
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _progress() -> Say:
    """One line that is written again and again on a terminal, and every ten seconds elsewhere."""
    last = [-10.0]

    def say(line: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}")
        elif time.monotonic() - last[0] >= 10 or "…" in line:
            last[0] = time.monotonic()
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    return say


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Torture a sandbox, then check the books.")
    parser.add_argument("--minutes", type=float, default=5.0, help=f"how long, at most {LONGEST:g} (default: 5)")
    parser.add_argument("--seed", type=int, default=None, help="the faults of an earlier run")
    options = parser.parse_args()
    if not 0 < options.minutes <= LONGEST:
        parser.error(f"--minutes must be between 0 and {LONGEST:g}")
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}: {options.minutes:g} minutes, {2 * CLIENTS_PER_REGION} clients", flush=True)
    try:
        verdict = torture(options.minutes, seed, _progress())
    except (DidNotStart, requests.RequestException) as error:
        print(f"\nIt could not be tried: {error}")
        return 2
    print("", *verdict.figures, sep="\n")
    if verdict.problems:
        print("", "What happened to it:", *verdict.log, sep="\n")
        print("", f"WRONG (seed {seed}):", *verdict.problems, sep="\n")
        return 1
    print(f"\nRIGHT: no payment was lost, made or executed twice (seed {seed}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
