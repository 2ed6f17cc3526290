"""Regions, ports and settings of a sandbox."""

import pytest

from sandbox.config import BadSettings, Settings, port_offset


def test_the_ports_are_those_of_the_documentation() -> None:
    settings = Settings()
    assert settings.engine_port == 4566
    assert [settings.app_port(region) for region in settings.regions] == [8080, 8081]
    assert settings.picture_port == 8090
    assert [settings.metrics_port("app", region) for region in settings.regions] == [9108, 9109]
    assert [settings.metrics_port("resolver", region) for region in settings.regions] == [9118, 9119]


def test_the_picture_needs_the_apps_and_two_regions() -> None:
    assert Settings().shows_picture
    without = (Settings(apps=False), Settings(regions=("a", "b", "c")), Settings(picture=False))
    assert ["picture" in settings.ports() for settings in without] == [False, False, False]


def test_the_offset_moves_every_port() -> None:
    moved = Settings(port_offset=100).ports()
    assert moved == {purpose: port + 100 for purpose, port in Settings().ports().items()}


def test_the_own_region_is_reached_directly_and_others_through_the_callers_own_link() -> None:
    settings = Settings(regions=("a", "b", "c"))
    assert settings.endpoints("a")["a"] == settings.endpoints("b")["b"] == "http://127.0.0.1:4566"
    foreign = [url for region in "abc" for other, url in settings.endpoints(region).items() if other != region]
    assert len(set(foreign)) == 6
    assert "http://127.0.0.1:4566" not in foreign


def test_settings_survive_the_way_to_a_child_process() -> None:
    settings = Settings(regions=("a",), port_offset=300, lag=1.5, apps=False, handler="other")
    assert Settings.from_environment(settings.to_environment()) == settings


def test_without_settings_from_a_parent_the_offset_counts() -> None:
    assert Settings.from_environment({"PORT_OFFSET": "200"}) == Settings(port_offset=200)


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "١", "1e3"])
def test_an_offset_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadSettings, match="PORT_OFFSET must be a whole number"):
        port_offset({"PORT_OFFSET": text})


def test_an_offset_beyond_the_last_port_is_refused_with_the_highest_possible() -> None:
    with pytest.raises(BadSettings, match="from 0 to 56416"):
        Settings(port_offset=60_000)
    assert max(Settings(port_offset=56_416).ports().values()) == 65_535


@pytest.mark.parametrize(
    "wrong", [{"regions": ()}, {"regions": ("a", "a")}, {"lag": -1.0}, {"sweep_every": 0.0}, {"regions": tuple("abcd")}]
)
def test_other_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadSettings):
        Settings(**wrong)  # type: ignore[arg-type]  # wrong on purpose
