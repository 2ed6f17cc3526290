"""Without open access nobody gets in; with it, only where every table is on this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.integration.api.cloud import App

MANAGE = Path(__file__).parents[3] / "webapp" / "manage.py"
NOBODY = "3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/create_account"),
        ("POST", "/transfer"),
        ("GET", "/accounts"),
        ("GET", "/account/cloud"),
        ("GET", "/account/cloud/transfers"),
        ("GET", f"/transfer/{NOBODY}"),
    ],
)
def test_a_call_without_a_key_is_refused(home: App, settings: Settings, method: str, path: str) -> None:
    settings.LEDGER_OPEN_ACCESS = False
    response = home.request(method, path, "{}", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="account-ledger"'
    assert not home.calls


@pytest.mark.parametrize("path", ["/healthcheck", "/schema", "/docs"])
def test_these_need_no_key(home: App, settings: Settings, path: str) -> None:
    settings.LEDGER_OPEN_ACCESS = False
    assert home.get(path).status_code == 200


def check(**changes: str | None) -> "subprocess.CompletedProcess[str]":
    """Start Django with a changed environment."""
    environ = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    command = [sys.executable, str(MANAGE), "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_the_deployment_check_is_clean() -> None:
    done = check()
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"LEDGER_ENDPOINTS": None}, "LEDGER_OPEN_ACCESS"),
        ({"LEDGER_ENDPOINTS": "ap-northeast-2=http://127.0.0.1:4566"}, "LEDGER_OPEN_ACCESS"),
        (
            {"LEDGER_ENDPOINTS": "ap-northeast-2=http://127.0.0.1:1,eu-central-1=http://127.0.0.1.evil.example"},
            "LEDGER_OPEN_ACCESS",
        ),
        ({"LEDGER_OPEN_ACCESS": "yes"}, "LEDGER_OPEN_ACCESS"),
        ({"LEDGER_OPEN_DEMONSTRATION": "yes"}, "LEDGER_OPEN_DEMONSTRATION"),
        ({"LEDGER_KEY_RATE": "0"}, "LEDGER_KEY_RATE"),
        ({"LEDGER_REGION": "us-east-1"}, "LEDGER_REGION"),
        ({"LEDGER_REGIONS": None}, "LEDGER_REGIONS"),
        ({"DJANGO_SECRET_KEY": None}, "DJANGO_SECRET_KEY"),
        ({"DJANGO_SECRET_KEY": "short"}, "DJANGO_SECRET_KEY"),
        ({"DJANGO_ALLOWED_HOSTS": "*"}, "DJANGO_ALLOWED_HOSTS"),
    ],
)
def test_it_does_not_start_with(changes: dict[str, str | None], named: str) -> None:
    done = check(**changes)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {named}" in done.stderr


@pytest.mark.parametrize(("demonstration", "warned"), [("1", True), ("0", False)])
def test_an_open_demonstration_on_real_tables_starts_with_a_warning(demonstration: str, warned: bool) -> None:
    environ = {**os.environ, "LEDGER_OPEN_DEMONSTRATION": demonstration, "PYTHONPATH": str(MANAGE.parent)}
    for name in ("LEDGER_ENDPOINTS", "LEDGER_OPEN_ACCESS"):
        environ.pop(name)
    command = [sys.executable, "-c", "import config.wsgi"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["level"] for line in lines] == (["WARNING"] if warned else [])
    assert all(line["message"].startswith("OPEN DEMONSTRATION") for line in lines)


def test_real_tables_are_fine_as_long_as_keys_are_asked_for() -> None:
    assert check(LEDGER_ENDPOINTS=None, LEDGER_OPEN_ACCESS=None).returncode == 0
