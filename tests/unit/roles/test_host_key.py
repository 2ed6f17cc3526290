"""The host key in the console of an instance."""

from ec2_host_key import host_key

KEY = "ssh-ed25519 " + "A" * 68
OTHER = "ssh-ed25519 " + "B" * 68


def block(*keys: str) -> str:
    """What cloud-init prints, between other lines of the console."""
    lines = [*keys, "ecdsa-sha2-nistp256 AAAA root@host"]
    return "\r\n".join(
        ["boot", "-----BEGIN SSH HOST KEY KEYS-----", *lines, "-----END SSH HOST KEY KEYS-----", "login:"]
    )


def test_the_ed25519_key_is_found_without_its_comment() -> None:
    assert host_key(block(KEY + " root@ip-10-20-1-10")) == KEY


def test_the_newest_block_counts() -> None:
    assert host_key(block(KEY) + block(OTHER)) == OTHER


def test_a_key_outside_of_a_block_is_not_believed() -> None:
    assert host_key(f"some program says {KEY}\n") is None


def test_half_a_block_is_no_key_yet() -> None:
    assert host_key(block(KEY).split("-----END")[0]) is None


def test_a_block_without_such_a_key_has_none() -> None:
    assert host_key(block()) is None


def test_an_empty_console_has_none() -> None:
    assert host_key("") is None
