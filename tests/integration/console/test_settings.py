"""With and without ``CONSOLE=1``: where the admin is, what is checked, how cookies are marked."""

import os
import subprocess
import sys

import pytest

from sandbox.config import ROOT

PRODUCTION = {
    "DJANGO_SECRET_KEY": "A key that has enough different characters: 0123456789 abcdefghijk",
    "DJANGO_ALLOWED_HOSTS": "ledger.example,127.0.0.1",
    "LEDGER_REGION": "eu-central-1",
    "LEDGER_REGIONS": "ap-northeast-2,eu-central-1",
}
ASK = """
import django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(raise_request_exception=False)
here = {"host": "127.0.0.1:8090"}
page = client.get("/admin/login/", headers=here)
print(page.status_code, page["Content-Type"].partition(";")[0], client.get("/admin/", headers=here).status_code)
print(*sorted(f"{cookie.key} secure={bool(cookie['secure'])}" for cookie in page.cookies.values()))
"""


def run(*arguments: str, **environment: str) -> str:
    """What a program of the application prints with production's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGER_", "DJANGO_", "CONSOLE"))}
    done = subprocess.run(
        [sys.executable, *arguments],
        env=kept
        | PRODUCTION
        | {"PYTHONPATH": str(ROOT / "webapp"), "DJANGO_SETTINGS_MODULE": "config.settings"}
        | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("{"))


@pytest.mark.parametrize("console", ["", "0", "1"])
def test_the_deployment_check_finds_nothing(console: str) -> None:
    said = run("webapp/manage.py", "check", "--deploy", "--fail-level", "WARNING", CONSOLE=console)
    assert said.startswith("System check identified no issues")


def test_without_the_setting_there_is_no_admin() -> None:
    assert run("-c", ASK).splitlines() == ["404 application/problem+json 404"]


def test_with_it_there_is_one_and_its_cookies_are_for_https_only() -> None:
    assert run("-c", ASK, CONSOLE="1").splitlines() == ["200 text/html 302", "console_csrf secure=True"]


def test_in_the_sandbox_its_cookies_work_over_plain_http() -> None:
    endpoints = "ap-northeast-2=http://127.0.0.1:9,eu-central-1=http://127.0.0.1:9"
    said = run("-c", ASK, CONSOLE="1", LEDGER_ENDPOINTS=endpoints, LEDGER_OPEN_ACCESS="1")
    assert said.splitlines()[1] == "console_csrf secure=False"


def test_the_static_files_of_the_admin_are_served_only_with_it() -> None:
    ask = (
        "import django; django.setup(); from django.test import Client; "
        "print(Client().get('/static/admin/css/base.css', headers={'host': '127.0.0.1'}).status_code)"
    )
    assert [run("-c", ask, CONSOLE=on) for on in ("", "1")] == ["404", "200"]
