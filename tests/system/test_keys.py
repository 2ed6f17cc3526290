"""A key's life in a running sandbox, as its operators and its user see it."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from access.known import FRESH
from sandbox.testing import Sandbox, running

HOME, AWAY = "ap-northeast-2", "eu-central-1"
LAG = 0.3

type Figure = Callable[[str], None]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Both regions with their applications."""
    with running(resolvers=False, lag=LAG) as sandbox:
        yield sandbox


def make(sandbox: Sandbox, region: str, *arguments: str) -> dict[str, Any]:
    """A new key."""
    done = sandbox.manage(region, "createkey", "--json", "--principal", "teller", *arguments)
    assert done.returncode == 0, done.stderr
    created: dict[str, Any] = json.loads(done.stdout)
    return created


def status(sandbox: Sandbox, region: str, key: dict[str, Any]) -> int:
    """How the region answers the key."""
    headers = {"Authorization": f"Bearer {key['key']}"}
    return requests.get(f"{sandbox.app_url(region)}/accounts", headers=headers, timeout=10).status_code


def seconds_until(sandbox: Sandbox, region: str, key: dict[str, Any], wanted: int, at_most: float) -> float:
    """How long the key is asked with until the region answers ``wanted``."""
    started = time.monotonic()
    while status(sandbox, region, key) != wanted:
        assert time.monotonic() < started + at_most, f"{region} does not answer {wanted} within {at_most:g} s"
        time.sleep(0.05)
    return time.monotonic() - started


def test_a_key_works_in_both_regions_until_it_is_revoked(sandbox: Sandbox, figure: Figure) -> None:
    key = make(sandbox, AWAY, "--scopes", "read", "--expires", "10m")
    assert status(sandbox, AWAY, key) == 200
    arrived = seconds_until(sandbox, HOME, key, 200, at_most=10)
    done = sandbox.manage(HOME, "revokekey", key["key_id"])
    assert done.returncode == 0, done.stderr
    ended = [seconds_until(sandbox, region, key, 401, at_most=2 * FRESH) for region in sandbox.regions]
    figure(f"known in the other region after {arrived:.1f} s, refused in both {max(ended):.1f} s after revokekey")


def test_a_key_that_was_revoked_behind_a_cut_link(sandbox: Sandbox, figure: Figure) -> None:
    key, other = (make(sandbox, HOME, "--scopes", "read") for _ in range(2))
    for made in (key, other):
        seconds_until(sandbox, AWAY, made, 200, at_most=10)
    sandbox.cut()
    try:
        for made in (key, other):
            done = sandbox.manage(HOME, "revokekey", made["key_id"])
            assert (done.returncode, f"{AWAY} did not answer" in done.stderr) == (2, True)
            seconds_until(sandbox, HOME, made, 401, at_most=2 * FRESH)
        assert sandbox.manage(AWAY, "revokekey", other["key_id"]).returncode == 2  # home is not reached from there
        seconds_until(sandbox, AWAY, other, 401, at_most=2 * FRESH)
        deadline = time.monotonic() + 2 * FRESH
        while time.monotonic() < deadline:
            assert status(sandbox, AWAY, key) == 200  # nobody has told that region
            time.sleep(0.2)
    finally:
        sandbox.heal()
    healed = seconds_until(sandbox, AWAY, key, 401, at_most=2 * FRESH + 10 * LAG)
    time.sleep(10 * LAG)  # the last use, written there while the link was cut, has arrived
    assert status(sandbox, HOME, key) == 401
    listed = {entry["key_id"]: entry for entry in json.loads(sandbox.manage(HOME, "listkeys", "--json").stdout)}
    assert (listed[key["key_id"]]["state"], listed[key["key_id"]]["last_used_at"] is not None) == ("revoked", True)
    figure(f"refused behind the cut link {healed:.1f} s after it was healed")


def test_no_log_has_a_key(sandbox: Sandbox) -> None:
    key = make(sandbox, HOME, "--scopes", "read")
    assert status(sandbox, HOME, key) == 200
    logs = [path.read_text(errors="replace") for path in sandbox.settings.directory.glob("*.log")]
    assert any(key["key_id"] in text for text in logs)
    assert not any(key["key"].rpartition("_")[2] in text for text in logs)
