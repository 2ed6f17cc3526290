import pytest

from ledger.topology import Topology
from tests.support.cloud import AP, EU, US

TWO = Topology((AP, EU))


def test_the_first_region_is_home() -> None:
    assert Topology((EU, AP)).home == EU
    assert Topology((AP, EU, US)).others(EU) == (AP, US)


def test_the_home_share_has_the_bare_account_id_as_key() -> None:
    assert TWO.share_keys("cloud") == {AP: "cloud", EU: f"cloud@{EU}"}


@pytest.mark.parametrize("region", [AP, EU, US])
def test_the_owner_of_a_share_is_the_region_it_was_made_for(region: str) -> None:
    topology = Topology((AP, EU, US))
    key = topology.share_key("cloud", region)
    assert topology.owner(key) == region
    assert topology.account_of(key) == "cloud"


@pytest.mark.parametrize("key", [f"cloud@{AP}", f"cloud@{US}", "cloud@", "cloud@@", f"cloud@{EU}@{EU}", f"@{EU}", "@"])
def test_a_key_that_no_region_makes_has_no_owner(key: str) -> None:
    assert TWO.owner(key) is None


@pytest.mark.parametrize("regions", [(), ("",), (AP, ""), (AP, AP)])
def test_regions_without_a_name_or_with_the_same_are_refused(regions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="regions must be"):
        Topology(regions)
