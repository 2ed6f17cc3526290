"""The router namespace: loads the firewall's rules when they have changed."""

from tests.rehearsal import places
from tests.rehearsal.machines import namespaces
from tests.rehearsal.machines.commands import run


class Router:
    """Connects all namespaces."""

    def __init__(self) -> None:
        self._rules = ""
        namespaces.make_router()
        for seat in places.SEATS:
            namespaces.attach(seat.namespace, seat.address)
        for region in places.REGIONS:
            endpoint = f"{places.dynamodb_address(region)}/32"
            run("ip", "-n", places.ROUTER, "route", "add", endpoint, "dev", places.CLOUD.namespace)

    def load(self, rules: str) -> bool:
        """Let ``rules`` be in force, all at once; whether they differ from those before."""
        if rules == self._rules:
            return False
        run(*namespaces.inside(places.ROUTER, "nft", "-f", "-"), stdin=rules)
        (places.LOGS / "firewall.nft").write_text(rules, encoding="utf-8")
        self._rules = rules
        return True
