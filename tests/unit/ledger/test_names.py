import pytest

from ledger.errors import InvalidField
from ledger.names import check_account_id, is_account_id


@pytest.mark.parametrize("name", ["a", "0", "cloud", "Cloud-2.x_y:z", "a" * 128])
def test_letters_digits_and_a_few_signs_make_an_account_id(name: str) -> None:
    check_account_id(name, "account_id")
    assert is_account_id(name)


@pytest.mark.parametrize(
    "name",
    ["", "a" * 129, "@", "cloud@eu-central-1", "system~fees", "a b", "a\n", "\n", "-a", ".a", "ä", "١", "a/b", "a#b"],
)
def test_nothing_else_does(name: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_account_id(name, "to_account")
    assert refused.value.field == "to_account"


@pytest.mark.parametrize("value", [None, 1, b"cloud", ["cloud"]])
def test_what_is_no_text_is_no_account_id(value: object) -> None:
    assert not is_account_id(value)
