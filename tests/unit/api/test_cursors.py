"""Cursors: what is written is read back, and nothing else is."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import cursors
from ledger.errors import InvalidField

POSITION = "2025-11-23T20:57:03.104729Z~3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11~eu-central-1"
GUNICORNS_LIMIT = 4094  # of a request line, in gunicorn.conf.py
ACCOUNT_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", fullmatch=True)


def forged(*lines: str) -> str:
    """Base64url of any lines, as a client might make it."""
    return base64.urlsafe_b64encode("\n".join(lines).encode(errors="surrogatepass")).decode().rstrip("=")


@given(ACCOUNT_IDS)
def test_what_is_written_is_read_back(account_id: str) -> None:
    assert cursors.read_after_account(cursors.after_account(account_id)) == account_id
    assert cursors.read_before_transfer(cursors.before_transfer(account_id, POSITION), account_id) == POSITION


@given(ACCOUNT_IDS)
def test_a_cursor_needs_no_escaping_in_a_query(account_id: str) -> None:
    cursor = cursors.before_transfer(account_id, POSITION)
    assert cursor.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "A" * 1025,
        forged(""),
        forged("accounts"),
        forged("accounts", ""),
        forged("accounts", "x" * 1025),
        forged("accounts", "\ud800"),
        forged("transfers", "a"),
        forged("transfers", "a", "b"),
        cursors.after_account("cloud") + "=",
        cursors.after_account("cloud") + "\n",
        cursors.before_transfer("cloud", POSITION),
        base64.urlsafe_b64encode(b"accounts\xff\ncloud").decode().rstrip("="),
    ],
)
def test_a_forged_cursor_of_accounts_is_refused(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        cursors.read_after_account(text)
    assert refused.value.field == "cursor"


@pytest.mark.parametrize(
    "text",
    [
        cursors.before_transfer("other", POSITION),
        cursors.before_transfer("cloud", ""),
        cursors.before_transfer("cloud", "x" * 1025),
        forged("transfers", "cloud", "\udfff"),
        cursors.after_account("cloud"),
        forged("transfers", "cloud"),
    ],
)
def test_a_forged_cursor_of_transfers_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        cursors.read_before_transfer(text, "cloud")


def test_a_page_may_end_at_what_a_hand_has_put() -> None:
    """The list goes on behind it; the place only bounds a query."""
    assert cursors.read_after_account(cursors.after_account("a@nowhere")) == "a@nowhere"
    assert cursors.read_before_transfer(cursors.before_transfer("cloud", "zzz"), "cloud") == "zzz"


@pytest.mark.parametrize("place", ["\x01" * 1024, "\n" * 1024, "é" * 512, "a\nb", "\x00"])
def test_any_key_that_a_hand_can_have_put_is_a_place(place: str) -> None:
    account_id = "a" * 128
    cursor = cursors.before_transfer(account_id, place)
    assert len(cursor) <= cursors.LONGEST < GUNICORNS_LIMIT - 500
    assert cursors.read_before_transfer(cursor, account_id) == place
    assert cursors.read_after_account(cursors.after_account(place)) == place


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        cursors.read_after_account(text)
