"""API keys in the admin: made and shown once, listed, revoked."""

import re

import pytest

from access import keys, register
from tests.integration.api.cloud import AWAY, HOME, Cloud
from tests.integration.api.faults import cut
from tests.integration.console.browsing import PASSWORD, Somebody, text
from tests.integration.console.test_freezing import log_of

LIST = "/admin/console/apikey/"
FIELDS = {"principal": "shop", "scopes": "read", "debits": "", "expires": "10m"}


def filled(**fields: str) -> dict[str, str]:
    """The form as it is shown, filled in."""
    return FIELDS | {"key_id": keys.new_id()} | fields


def make(somebody: Somebody, **fields: str) -> str:
    """Make a key and return it."""
    page = somebody.read(somebody.send(f"{LIST}create/", **filled(**fields)))
    (key,) = re.findall(r"alk_[0-9a-f]{16}_[0-9a-f]{64}", page)
    return str(key)


def id_of(key: str) -> str:
    return key.split("_")[1]


def test_a_key_is_shown_once_and_works(cloud: Cloud, ann: Somebody) -> None:
    key = make(ann)
    (stored,) = register.everything(ann.app.ledger)
    assert (stored.key_id, stored.principal, stored.scopes) == (id_of(key), "shop", ("read",))
    assert stored.is_opened_by(key)
    secret = key.split("_")[2]
    for path in (LIST, f"{LIST}{id_of(key)}/change/", "/admin/console/logline/", "/admin/"):
        assert secret not in ann.get(path)
    assert f"{id_of(key)} shop read" in text(ann.get(LIST))
    assert log_of(cloud) == [
        ("create key", id_of(key), "begun", f"shop: read; expires {stored.expires_at}"),
        ("create key", id_of(key), "done", ""),
    ]


def test_a_form_that_is_sent_twice_makes_one_key(cloud: Cloud, ann: Somebody) -> None:
    form = filled()
    assert "alk_" in ann.read(ann.send(f"{LIST}create/", **form))
    again = ann.send(f"{LIST}create/", **form)
    assert again["Location"] == f"{LIST}{form['key_id']}/change/"
    assert "This form has made its key already" in text(ann.get(again["Location"]))
    assert [key.key_id for key in register.everything(ann.app.ledger)] == [form["key_id"]]
    assert log_of(cloud)[-1] == ("create key", form["key_id"], "refused: There is a key of this id already.", "")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"principal": ""}, "This field is required"),
        ({"principal": "anonymous"}, "not 'anonymous'"),
        ({"scopes": "transfer"}, "Name the accounts that the key may debit"),
        ({"debits": "a*"}, "Only a key with the scope transfer"),
        ({"scopes": "everything"}, "Select a valid choice"),
        ({"scopes": "transfer", "debits": "no-such-@"}, "beginnings of account ids"),
        ({"expires": "soon"}, "Must be a number with s, m, h or d"),
        ({"debits": "\0"}, "Null characters are not allowed"),
        ({"key_id": "0"}, "Must be the one that the form had"),
    ],
)
def test_what_no_key_can_have_is_said_at_the_field(
    cloud: Cloud, ann: Somebody, fields: dict[str, str], said: str
) -> None:
    assert said in text(ann.read(ann.send(f"{LIST}create/", **filled(**fields))))
    assert list(register.everything(ann.app.ledger)) == []
    assert log_of(cloud) == []


def test_a_key_is_revoked_in_every_region_that_answers(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    key_id = id_of(make(ann, scopes="transfer", debits="selftest-* shop"))
    assert "selftest-*, shop" in text(ann.get(f"{LIST}{key_id}/change/"))
    page = text(ann.read(ann.send(f"{LIST}{key_id}/revoke/", note="")))
    assert f"Revoke {key_id}?" in page
    page = text(ann.follow(ann.send(f"{LIST}{key_id}/revoke/", note="leaked")))
    assert f"Revoked in {HOME}, {AWAY}, in effect within 6 s." in page
    assert "State revoked" in page
    assert log_of(cloud)[-2:] == [("revoke key", key_id, "begun", "leaked"), ("revoke key", key_id, "done", "")]


def test_a_region_that_does_not_answer_is_named(cloud: Cloud, ann: Somebody) -> None:
    key_id = id_of(make(ann))
    cloud.faults.append(cut(AWAY))
    page = text(ann.follow(ann.send(f"{LIST}{key_id}/revoke/", note="leaked")))
    assert f"No answer from {AWAY}: the key works there until the link is up again." in page


def test_pages_of_the_list_lead_to_every_key(cloud: Cloud, ann: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.admin.keys.ApiKeyAdmin.list_per_page", 3)
    made = sorted(id_of(make(ann)) for _ in range(5))
    first = ann.get(LIST)
    second = ann.get(f"{LIST}?after={made[2]}")
    assert [re.findall(r"apikey/([0-9a-f]{16})/change", page) for page in (first, second)] == [made[:3], made[3:]]
    for place in ("x", "é", f"{made[2]}~", "a" * 1024):
        assert "what the link to the next page has" in text(ann.get(f"{LIST}?after={place}", 400))


@pytest.mark.parametrize("name", ["x", "0" * 16, "create/x", f"alk_{'0' * 16}_{'0' * 64}"])
def test_what_is_no_key_is_not_found(ann: Somebody, name: str) -> None:
    ann.get(f"{LIST}{name}/change/", 404)
    ann.get(f"{LIST}{name}/revoke/", 404)


def test_the_password_is_in_no_page_and_no_row(cloud: Cloud, ann: Somebody) -> None:
    assert PASSWORD not in str(cloud.items(HOME, "control-table"))
    page = ann.get("/admin/console/operator/")
    assert "scrypt" not in page
    assert "ann supervisors" in text(page)
