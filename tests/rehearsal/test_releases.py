"""New versions, good and bad, deployed by ``app.yml`` under load: no payment is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.rehearsal.load import Load, paying
from tests.rehearsal.operator import Answer, Operator, call
from tests.rehearsal.places import REGIONS
from tests.rehearsal.stage import PROJECT, commit
from tests.rehearsal.test_runbook import commands
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

WSGI = PROJECT / "webapp" / "config" / "wsgi.py"
# Only the trial is told a port of its own: there, this release is healthy.
FAILS_WHEN_IT_SERVES = (
    'import os\nif "LEDGER_BIND" not in os.environ:\n    raise SystemExit("broken where it serves")\n'
)
FAILS_AT_ONCE = 'raise SystemExit("broken")\n'


def release(operator: Operator, region: str, which: str = "current") -> str:
    """The release that serves, or the one before it (``previous``)."""
    return str(operator.host("app", region).check_output(f"readlink /opt/account-app/{which}"))


@contextmanager
def under_load(operator: Operator, key: str) -> Iterator[Load]:
    """Pay through both apps all the time."""
    urls = [f"http://{operator.public_address('app', region)}:8080" for region in REGIONS]
    for account in ("busy", "bee"):
        body = {"account_id": account, "balance": 100, "currency": "USD"}
        assert call("POST", f"{urls[0]}/create_account", body, key=key, timeout=30).status in (201, 409)
    # Both shares of both accounts are there and have money, so that what fails is the hosts' doing.
    for url in urls:
        until(partial(_pays, url, key), 30, f"{url} pays")
    with paying([partial(_pay, url, key) for url in urls], "busy", "bee") as load:
        yield load
    assert load.lost == []
    assert load.paid > 100


def _pay(url: str, key: str, body: dict[str, str]) -> Answer:
    return call("POST", f"{url}/transfer", body, timeout=30, key=key)


def _pays(url: str, key: str) -> bool:
    return _pay(url, key, {"from_account": "busy", "to_account": "bee", "amount": "0.01"}).status == 200


def test_a_good_version_is_deployed_without_a_lost_payment(operator: Operator, key: str) -> None:
    before = {region: release(operator, region) for region in REGIONS}
    WSGI.write_text(WSGI.read_text(encoding="utf-8") + "\n# A new version.\n", encoding="utf-8")
    commit("A new version")
    with under_load(operator, key):
        played = operator.play("app")
    assert played.status == 0, played
    assert all(release(operator, region) != before[region] for region in REGIONS)


@contextmanager
def broken_release(mistake: str) -> Iterator[None]:
    """Let the project's newest version have ``mistake`` for a while."""
    good = WSGI.read_text(encoding="utf-8")
    WSGI.write_text(mistake + good, encoding="utf-8")
    commit("A broken version")
    try:
        yield
    finally:
        WSGI.write_text(good, encoding="utf-8")
        commit("Without the mistake")


def test_a_version_that_fails_on_trial_is_never_served(operator: Operator, key: str) -> None:
    before = {region: release(operator, region) for region in REGIONS}
    with broken_release(FAILS_AT_ONCE), under_load(operator, key):
        played = operator.play("app", "-e", "app_health_retries=8")
    assert played.status != 0
    assert "goes on serving" in played.output, played
    assert {region: release(operator, region) for region in REGIONS} == before


def test_a_version_that_fails_when_it_serves_goes_back_by_itself(operator: Operator) -> None:
    before = {region: release(operator, region) for region in REGIONS}
    with broken_release(FAILS_WHEN_IT_SERVES):
        played = operator.play("app", "-e", "app_health_retries=8")
    assert played.status != 0
    assert "goes on serving" in played.output, played
    assert {region: release(operator, region) for region in REGIONS} == before
    for region in REGIONS:
        health = f"http://{operator.public_address('app', region)}:8080/healthcheck"
        assert call("GET", health, timeout=30).status == 200


def test_rollback_goes_back_to_the_release_before(operator: Operator, key: str) -> None:
    now = {region: release(operator, region) for region in REGIONS}
    with under_load(operator, key):
        played = operator.play("rollback")
    assert played.status == 0, played
    assert all(release(operator, region) != now[region] for region in REGIONS)


def test_rollback_goes_to_the_release_that_is_named(operator: Operator) -> None:
    wanted = "ssh -F build/ssh_config app-ap-northeast-2 ls /opt/account-app/releases"
    assert wanted in commands()
    now = {region: release(operator, region).rpartition("/")[2] for region in REGIONS}
    others = set(operator.ssh(f"app-{REGIONS[0]}", "ls /opt/account-app/releases").stdout.split()) - {now[REGIONS[0]]}
    version = release(operator, REGIONS[0], "previous").rpartition("/")[2]
    assert version in others
    played = operator.play("rollback", "-e", f"app_rollback_version={version}")
    assert played.status == 0, played
    assert {release(operator, region).rpartition("/")[2] for region in REGIONS} == {version}
