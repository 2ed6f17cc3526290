"""Settings from the environment: odd values are refused by name."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ"


def test_a_required_variable_is_required() -> None:
    assert env.text({"A": "x"}, "A") == "x"
    for environ in ({}, {"A": ""}, {"A": " x"}, {"A": "x\n"}):
        with pytest.raises(ImproperlyConfigured, match=r"^A "):
            env.text(environ, "A")


def test_a_secret_is_long_and_mixed() -> None:
    assert env.secret({"A": SECRET}, "A") == SECRET


def test_a_credential_of_systemd_goes_before_the_variable(tmp_path: Path) -> None:
    (tmp_path / "A").write_text(SECRET)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "A": "of the variable", "B": SECRET}
    assert env.secret(environ, "A") == SECRET
    assert env.secret(environ, "B") == SECRET


def test_a_weak_credential_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "A").write_text("")
    with pytest.raises(ImproperlyConfigured, match=r"^A "):
        env.secret({"CREDENTIALS_DIRECTORY": str(tmp_path), "A": SECRET}, "A")


@pytest.mark.parametrize("value", ["", SECRET[:49], "a" * 60, "django-insecure-" + SECRET, " " + SECRET])
def test_a_weak_secret_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        env.secret({"A": value}, "A")
    assert str(refused.value).startswith("A ")
    assert len(value) < 20 or value not in str(refused.value)


@pytest.mark.parametrize(("value", "on"), [("1", True), ("0", False), ("", False), (None, False)])
def test_a_flag_is_one_or_zero(value: str | None, on: bool) -> None:
    assert env.flag({} if value is None else {"A": value}, "A") is on


@pytest.mark.parametrize(("value", "found"), [("1", 1), ("99999", 99_999), ("", 7), (None, 7)])
def test_a_number_is_whole_and_positive(value: str | None, found: int) -> None:
    assert env.number({} if value is None else {"A": value}, "A", default=7) == found


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e3", " 1", "100000", "٣", "no"])
def test_any_other_number_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^A "):
        env.number({"A": value}, "A", default=7)


@pytest.mark.parametrize("value", ["true", "yes", "on", "2", " 1", "01", "True"])
def test_any_other_flag_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^A "):
        env.flag({"A": value}, "A")


def test_hosts_are_names_without_ports() -> None:
    assert env.hosts({"A": "127.0.0.1, localhost,.example.com,[::1]"}, "A") == [
        "127.0.0.1",
        "localhost",
        ".example.com",
        "[::1]",
    ]


@pytest.mark.parametrize("value", ["", "*", "a,*", "a:80", "a,,b", "a,", "http://a", "a b", "-a", "a/b", "."])
def test_odd_hosts_are_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^A "):
        env.hosts({"A": value}, "A")
