"""Which regions there are, and which of them writes an item of the accounts table."""

from dataclasses import dataclass

from ledger.names import is_account_id

SEPARATOR = "@"  # between account id and region in the key of a share; not allowed in an account id


@dataclass(frozen=True, slots=True)
class Topology:
    """The regions of the ledger. The first is the home region: it registers account ids."""

    regions: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.regions or len(set(self.regions)) != len(self.regions) or not all(self.regions):
            raise ValueError(f"regions must be one or more different names, not {self.regions!r}")

    @property
    def home(self) -> str:
        """The region whose endpoint takes the creation of accounts."""
        return self.regions[0]

    def others(self, region: str) -> tuple[str, ...]:
        """Every region but ``region``."""
        return tuple(other for other in self.regions if other != region)

    def share_key(self, account_id: str, region: str) -> str:
        """Key of the share that ``region`` writes: the bare account id for the home region."""
        return account_id if region == self.home else f"{account_id}{SEPARATOR}{region}"

    def share_keys(self, account_id: str) -> dict[str, str]:
        """The keys of all shares an account can have, by region."""
        return {region: self.share_key(account_id, region) for region in self.regions}

    def owner(self, key: str) -> str | None:
        """The one region that writes the row ``key``; ``None`` if no region of the ledger does."""
        account_id, separator, region = key.partition(SEPARATOR)
        if not is_account_id(account_id):
            return None
        if not separator:
            return self.home
        return region if region in self.regions and region != self.home else None

    @staticmethod
    def account_of(key: str) -> str:
        """The account a share belongs to, from the key of the share."""
        return key.partition(SEPARATOR)[0]
