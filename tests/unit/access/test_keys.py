"""The rules of an API key."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access import keys
from ledger.errors import InvalidField

NOW = "2026-01-01T00:00:00.000000Z"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def issue(**changes: Any) -> tuple[str, keys.Key]:
    """A key that may do everything but what ``changes`` say."""
    wanted: dict[str, Any] = {
        "principal": "teller", "scopes": ["read", "transfer"], "debits": ["cloud", "selftest-*"], "expires_at": None,
        "region": "ap-northeast-2", "now": NOW,
    }  # fmt: skip
    return keys.issue(**wanted | changes)


def test_a_key_shows_its_id_and_has_256_random_bits() -> None:
    text, key = issue()
    assert re.fullmatch(rf"alk_{key.key_id}_[0-9a-f]{{64}}", text)
    assert keys.id_of(text) == key.key_id
    assert len({issue()[0] for _ in range(100)}) == 100


def test_what_is_stored_does_not_show_the_key() -> None:
    text, key = issue()
    assert text.rpartition("_")[2] not in repr(key)
    assert text.rpartition("_")[2] not in key.digest


def test_only_the_key_itself_opens() -> None:
    text, key = issue()
    assert key.is_opened_by(text)
    for other in (issue()[0], text[:-1] + ("0" if text[-1] != "0" else "1"), text.upper(), text + " ", "", "ü"):
        assert not key.is_opened_by(other)


@given(st.text(max_size=120) | st.from_regex(r"alk_[0-9a-f]{15,17}_[0-9a-f]{63,65}"))
def test_what_is_no_key_has_no_id(text: str) -> None:
    assert (keys.id_of(text) is not None) == bool(re.match(r"alk_[0-9a-f]{16}_[0-9a-f]{64}\Z", text, re.ASCII))


def test_scopes_stand_for_themselves_and_admin_for_all() -> None:
    _, key = issue(scopes=["read", "create"], debits=[])
    assert [scope for scope in keys.SCOPES if key.allows(scope)] == ["read", "create"]
    _, admin = issue(scopes=["admin"], debits=[])
    assert all(admin.allows(scope) for scope in keys.SCOPES)
    assert admin.may_debit("cloud")


@pytest.mark.parametrize(
    ("debits", "account_id", "allowed"),
    [
        (["cloud"], "cloud", True),
        (["cloud"], "cloud2", False),
        (["cloud"], "Cloud", False),
        (["selftest-*"], "selftest-", True),
        (["selftest-*"], "selftest-1", True),
        (["selftest-*"], "selftest", False),
        (["selftest-*"], "x-selftest-1", False),
        (["a", "b*"], "b1", True),
        (["a", "b*"], "a1", False),
        (["*"], "anything", True),
    ],
)
def test_a_transfer_key_debits_what_it_names(debits: list[str], account_id: str, allowed: bool) -> None:
    assert issue(debits=debits)[1].may_debit(account_id) is allowed


def test_a_key_without_the_scope_transfer_debits_nothing() -> None:
    assert not issue(scopes=["read"], debits=[])[1].may_debit("cloud")


def test_it_expires_at_the_moment_named() -> None:
    _, key = issue(expires_at="2026-01-01T00:10:00.000000Z")
    assert key.state("2026-01-01T00:09:59.999999Z") == "active"
    assert key.state("2026-01-01T00:10:00.000000Z") == "expired"
    assert issue()[1].state("9999-01-01T00:00:00.000000Z") == "active"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("45s", "2026-01-01T00:00:45.000000Z"),
        ("10m", "2026-01-01T00:10:00.000000Z"),
        ("12h", "2026-01-01T12:00:00.000000Z"),
        ("90d", "2026-04-01T00:00:00.000000Z"),
        ("never", None),
    ],
)
def test_expiry_is_counted_from_now(text: str, at: str | None) -> None:
    assert keys.expiry(text, AT) == at


@pytest.mark.parametrize("text", ["", "10", "0m", "-1d", "1.5h", "10 m", "1y", "999999d", "٣d", "Never"])
def test_another_expiry_is_refused(text: str) -> None:
    with pytest.raises(InvalidField, match="10m or 90d, or never"):
        keys.expiry(text, AT)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("principal", {"principal": ""}),
        ("principal", {"principal": "two words"}),
        ("principal", {"principal": "x" * 129}),
        ("principal", {"principal": "anonymous"}),
        ("principal", {"principal": "operator:ann"}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["read", "write"]}),
        ("scopes", {"scopes": [""]}),
        ("debits", {"debits": []}),
        ("debits", {"scopes": ["read"]}),
        ("debits", {"scopes": ["admin"]}),
        ("debits", {"debits": [""]}),
        ("debits", {"debits": ["a*b"]}),
        ("debits", {"debits": ["**"]}),
        ("debits", {"debits": ["system~mint"]}),
        ("debits", {"debits": ["cloud", "system:adjustments:USD"]}),
        ("debits", {"debits": ["system:*"]}),
        ("debits", {"debits": ["cloud@eu-central-1"]}),
        ("debits", {"debits": [f"a{n}" for n in range(21)]}),
    ],
)
def test_what_no_key_can_have_is_refused_by_name(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidField) as refused:
        issue(**changes)
    assert refused.value.field == field
