"""Keys in the control table of two regions, with writes that arrive late, in any order, or not at all."""

from itertools import permutations
from typing import Any

import pytest

from access import keys, register
from access.register import CONTROL, PARTITION, UnknownKey
from ledger.requests import Contended, Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud

LATER = "2030-01-01T00:00:00.000000Z"


@pytest.fixture
def cloud() -> Cloud:
    return Cloud((AP, EU))


def made(cloud: Cloud, region: str = AP, **changes: Any) -> keys.Key:
    """A new key, stored in ``region``."""
    ledger = cloud.ledgers[region]
    wanted: dict[str, Any] = {"principal": "teller", "scopes": ["read"], "debits": [], "expires_at": None}
    _, key = keys.issue(**wanted | changes, region=region, now=ledger.now())
    register.add(ledger, key)
    return key


def found(cloud: Cloud, key: keys.Key, region: str) -> keys.Key | None:
    return register.find(cloud.ledgers[region], key.key_id)


@pytest.mark.parametrize("region", [AP, EU])
def test_a_key_is_made_in_any_region_and_arrives_in_the_others(cloud: Cloud, region: str) -> None:
    key = made(cloud, region, scopes=["read", "transfer"], debits=["a*"], expires_at=LATER)
    other = EU if region == AP else AP
    assert (found(cloud, key, region), found(cloud, key, other)) == (key, None)
    cloud.deliver()
    assert found(cloud, key, other) == key


def test_finding_a_key_is_one_request(cloud: Cloud) -> None:
    key = made(cloud)
    register.revoke(cloud.ledgers[AP], key.key_id)
    with cloud.counted() as calls:
        assert found(cloud, key, AP) is not None
    assert [call.method for call in calls] == ["query"]


def test_the_secret_is_in_no_row(cloud: Cloud) -> None:
    text, key = keys.issue("teller", ["read"], [], None, region=AP, now=LATER)
    register.add(cloud.ledgers[AP], key)
    assert text.rpartition("_")[2] not in repr(cloud.world.items(AP, CONTROL))


def test_all_keys_are_listed_page_by_page(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "PAGE", 3)  # rows: pages end within a key
    all_keys = [made(cloud) for _ in range(7)]
    for key in all_keys[::2]:
        register.note_use(cloud.ledgers[AP], key.key_id, LATER)
        register.revoke(cloud.ledgers[AP], key.key_id)
    listed = list(register.everything(cloud.ledgers[AP]))
    assert [key.key_id for key in listed] == sorted(key.key_id for key in all_keys)
    assert {key.key_id for key in listed if key.revoked_at} == {key.key_id for key in all_keys[::2]}
    assert {key.last_used_at for key in listed if key.revoked_at} == {LATER}


def test_revoking_reaches_every_region_without_waiting_for_replication(cloud: Cloud) -> None:
    key = made(cloud)
    cloud.deliver()
    assert register.revoke(cloud.ledgers[EU], key.key_id) == register.Revocation((EU, AP), ())
    for region in cloud.names:
        copy = found(cloud, key, region)
        assert copy is not None
        assert copy.state(LATER) == "revoked"


def test_revoking_again_changes_nothing(cloud: Cloud) -> None:
    key = made(cloud)
    register.revoke(cloud.ledgers[AP], key.key_id)
    first = found(cloud, key, AP)
    assert register.revoke(cloud.ledgers[AP], key.key_id).written == (AP, EU)
    assert found(cloud, key, AP) == first


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_late_use_never_brings_a_revoked_key_back(order: tuple[int, ...]) -> None:
    """The link is cut: home revokes, the other region still lets the key in and says so. Then all of it arrives."""
    cloud = Cloud((AP, EU))
    key = made(cloud)
    cloud.deliver()
    cloud.world.cut(AP, EU)
    cloud.world.cut(EU, AP)
    register.note_use(cloud.ledgers[AP], key.key_id, "2026-01-01T00:00:00.000000Z")
    assert register.revoke(cloud.ledgers[AP], key.key_id) == register.Revocation((AP,), (EU,))
    register.note_use(cloud.ledgers[EU], key.key_id, LATER)
    register.note_use(cloud.ledgers[AP], key.key_id, LATER)
    still = found(cloud, key, EU)
    assert still is not None
    assert still.state(LATER) == "active"
    cloud.world.heal()
    for which in order:
        pending = cloud.world.pending(AP, EU)
        if pending:
            cloud.world.deliver(AP, EU, min(which, len(pending) - 1))
    cloud.deliver()
    assert not cloud.world.differing()
    for region in cloud.names:
        copy = found(cloud, key, region)
        assert copy is not None
        assert (copy.state(LATER), copy.last_used_at) == ("revoked", LATER)


def test_each_row_is_written_in_the_region_that_it_names(cloud: Cloud) -> None:
    """Nothing is left to "last writer wins"."""
    key = made(cloud)
    cloud.deliver()
    with cloud.counted() as calls:
        for region in cloud.names:
            register.note_use(cloud.ledgers[region], key.key_id, LATER)
            register.revoke(cloud.ledgers[region], key.key_id)
    cloud.deliver()
    writes = [call for call in calls if call.method == "write"]
    written = [(write.key["sk"], call.target) for call in writes for write in call.arguments[0]]
    assert written
    assert all(sort_key.rpartition("~")[2] == target for sort_key, target in written)


def test_an_older_use_does_not_overwrite_a_newer_one(cloud: Cloud) -> None:
    key = made(cloud)
    register.note_use(cloud.ledgers[AP], key.key_id, LATER)
    register.note_use(cloud.ledgers[AP], key.key_id, "2026-01-01T00:00:00.000000Z")
    copy = found(cloud, key, AP)
    assert copy is not None
    assert copy.last_used_at == LATER


def test_a_key_that_only_the_other_region_knows_can_be_revoked(cloud: Cloud) -> None:
    key = made(cloud, EU)
    assert register.revoke(cloud.ledgers[AP], key.key_id).written == (AP, EU)


def test_an_unknown_id_is_not_revoked_and_says_who_was_not_asked(cloud: Cloud) -> None:
    with pytest.raises(UnknownKey) as unknown:
        register.revoke(cloud.ledgers[AP], "0" * 16)
    assert unknown.value.missed == ()
    key = made(cloud, EU)
    cloud.world.cut(AP, EU)
    with pytest.raises(UnknownKey, match=EU):
        register.revoke(cloud.ledgers[AP], key.key_id)


def test_no_region_that_answers_is_a_failure(cloud: Cloud) -> None:
    key = made(cloud)

    def fault(call: Call, done: bool) -> None:
        if call.method == "write":
            raise Contended

    cloud.fault = fault
    with pytest.raises(Unreachable):
        register.revoke(cloud.ledgers[AP], key.key_id)


def test_a_repeated_request_whose_first_answer_was_lost_has_made_the_key(cloud: Cloud) -> None:
    key = made(cloud)
    register.add(cloud.ledgers[AP], key)
    assert found(cloud, key, AP) == key


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "ü" * 64}, {"digest": None}, {"digest": 1}, {"principal": "anonymous"}, {"principal": "two words"},
        {"scopes": "read"}, {"scopes": ["everything"]}, {"scopes": [{"read": "x"}]}, {"scopes": None},
        {"debits": ["a*b"]}, {"debits": [1]}, {"debits": None}, {"expires_at": 1}, {"created_at": None},
    ],
)  # fmt: skip
def test_a_row_that_a_hand_has_made_is_no_key(cloud: Cloud, changes: dict[str, Any]) -> None:
    key = made(cloud)
    row = cloud.world.item(AP, CONTROL, {"pk": PARTITION, "sk": key.key_id})
    assert row is not None
    cloud.world.put(AP, CONTROL, {name: value for name, value in {**row, **changes}.items() if value is not None})
    assert found(cloud, key, AP) is None
    assert list(register.everything(cloud.ledgers[AP])) == []


def test_whatever_a_hand_writes_into_a_revocation_it_stays_one(cloud: Cloud) -> None:
    key = made(cloud)
    cloud.world.put(AP, CONTROL, {"pk": PARTITION, "sk": f"{key.key_id}~revoked~by-hand"})
    copy = found(cloud, key, AP)
    assert copy is not None
    assert copy.state(LATER) == "revoked"
