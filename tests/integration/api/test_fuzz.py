"""Anything at all: never a 500, and money is neither made nor lost."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import cursors
from tests.integration.api.cloud import App, Cloud

NAMES = ("from_account", "to_account", "amount", "reference", "account_id", "balance", "currency")
VALUES = st.one_of(
    st.sampled_from(["cloud", "it", "USD", "KRW", "1", "0.01", 1, 0.5, "1e3", None, True]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
        lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
        max_leaves=5,
    ),
)
BODIES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), VALUES, max_size=5).map(json.dumps)
FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def home(connected: Cloud) -> App:
    """An application with two accounts, the same for all examples."""
    connected.empty()
    app = next(iter(connected.apps.values()))
    app.create("cloud", 1000)
    app.create("it", 1000)
    return app


@FEW
@given(
    path=st.sampled_from(["/transfer", "/create_account"]), body=BODIES | st.text(max_size=50) | st.binary(max_size=50)
)
def test_no_body_breaks_it(home: App, path: str, body: Any) -> None:
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    assert home.post(path, content).status_code in (200, 201, 400, 404, 409)


@FEW
@given(amount=st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.from_regex(r"[0-9]{0,17}\.?[0-9]{0,5}"))
def test_whatever_the_amount_no_money_is_made_or_lost(home: App, amount: str) -> None:
    assert home.pay("cloud", "it", amount).status_code in (200, 400, 409)
    assert home.pay("it", "cloud", amount).status_code in (200, 400, 409)
    assert float(home.balance("cloud")) + float(home.balance("it")) == 2000.0


@FEW
@given(cursor=st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: cursors._write([raw.hex(), "x"])))
def test_no_cursor_breaks_it(home: App, cursor: str) -> None:
    for path in ("/accounts", "/account/cloud/transfers"):
        asked = quote(cursor.encode("utf-8", "surrogatepass"))
        assert home.get(f"{path}?cursor={asked}").status_code == 400


@FEW
@given(raw=st.binary(max_size=60))
def test_no_path_breaks_it(home: App, raw: bytes) -> None:
    for prefix in ("/", "/account/", "/transfer/", "/accounts?"):
        assert home.get(prefix + quote(raw, safe="/?=&%")).status_code in (200, 400, 404, 405)
