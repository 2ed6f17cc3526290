import pytest

from ledger.start import Configuration, ConfigurationError, Remembered, connect, read_environment
from tests.support.cloud import AP, EU

TWO = {"LEDGER_REGION": EU, "LEDGER_REGIONS": f"{AP},{EU}"}
LOCAL = {"LEDGER_ENDPOINTS": f"{AP}=http://127.0.0.1:4566,{EU}=http://localhost:4567"}


def test_production_needs_no_endpoints() -> None:
    assert read_environment(TWO) == Configuration(EU, (AP, EU), {})
    assert not read_environment(TWO).only_loopback


def test_endpoints_are_read_by_region() -> None:
    configuration = read_environment(TWO | LOCAL)
    assert configuration.endpoints == {AP: "http://127.0.0.1:4566", EU: "http://localhost:4567"}
    assert configuration.only_loopback


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "http://127.0.0.1@example.org",
        "http://example.org\\@127.0.0.1:1",
        "http://example.org#@127.0.0.1",
    ],
)
def test_an_endpoint_elsewhere_is_no_loopback(url: str) -> None:
    assert not Configuration(AP, (AP,), {AP: url}).only_loopback


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"LEDGER_REGIONS": ""}, "LEDGER_REGIONS"),
        ({"LEDGER_REGIONS": f"{AP},{AP}"}, "LEDGER_REGIONS"),
        ({"LEDGER_REGION": ""}, "LEDGER_REGION"),
        ({"LEDGER_REGION": "mars"}, "LEDGER_REGION"),
        ({"LEDGER_ENDPOINTS": "mars=http://127.0.0.1"}, "LEDGER_ENDPOINTS"),
        ({"LEDGER_ENDPOINTS": f"{AP}=file:///etc"}, "LEDGER_ENDPOINTS"),
        ({"LEDGER_ENDPOINTS": "http://127.0.0.1"}, "LEDGER_ENDPOINTS"),
        ({"LEDGER_ENDPOINTS": f"{AP}=http://example.org\\@127.0.0.1:1"}, "LEDGER_ENDPOINTS"),
        ({"LEDGER_ENDPOINTS": f"{AP}=http://[::1"}, "LEDGER_ENDPOINTS"),
        ({"LEDGER_ENDPOINTS": f"{AP}=http://127.0.0.1:99999x"}, "LEDGER_ENDPOINTS"),
    ],
    ids=str,
)
def test_what_is_wrong_in_the_environment_is_named(changes: dict[str, str], variable: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        read_environment(TWO | changes)


def test_a_ledger_is_connected_without_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    ledger = connect(read_environment(TWO | LOCAL))
    assert (ledger.here, ledger.topology.regions, set(ledger.stores)) == (EU, (AP, EU), {AP, EU})
    assert ledger.new_id() != ledger.new_id()
    assert len(ledger.new_id()) <= 36


def test_the_memory_of_currencies_is_bounded() -> None:
    remembered = Remembered(2)
    for name in ("a", "b", "c"):
        remembered[name] = "USD"
    assert [remembered.get(name) for name in ("a", "b", "c")] == [None, "USD", "USD"]
