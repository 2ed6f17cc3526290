"""What is to be seen, for a page that asks twice a second. Nothing is looked at while nobody asks."""

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ledger.entries import INCIDENT_LOG, JOURNAL
from ledger.money import ZERO, text
from ledger.requests import Item, Query
from ledger.shares import Share, holdings
from sandbox.picture import balances
from sandbox.picture.cloud import ACCOUNTS, CURRENCY, Cloud
from sandbox.picture.refusals import Refusals

FRESH = 0.25  # seconds for which an answer serves other pages, too
RATE_OVER = 3.0  # seconds
POINTS = 60
GAP = 3.0  # seconds without a look, after which the curve begins anew
MOST_INCIDENTS = 100


class Looking:
    """One picture after the other."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        settings = cloud.settings
        self._refusals = Refusals({region: settings.metrics_port("app", region) for region in settings.regions})
        self._lock = threading.Lock()
        self._last: tuple[float, Sequence[str], dict[str, Any]] = (0.0, (), {})
        self._counts: deque[tuple[float, Mapping[str, int]]] = deque(maxlen=POINTS * 2)

    def look(self, account_ids: Sequence[str]) -> dict[str, Any]:
        """Everything but the demonstration. Raises what a table or the engine raises that does not answer."""
        with self._lock:
            at, shown, seen = self._last
            if time.monotonic() - at > FRESH or shown != account_ids:
                seen = self._see(account_ids)
                self._last = (time.monotonic(), account_ids, seen)
            return seen

    def _see(self, account_ids: Sequence[str]) -> dict[str, Any]:
        status = self._cloud.control.get("status")
        changes = {
            (link["from"], link["to"]): link["changes"] for link in self._cloud.control.get("on-the-way")["links"]
        }
        self._count(status["transfers"])
        wanted = list(dict.fromkeys([*account_ids, *ACCOUNTS]))
        seen = {region: balances.read(ledger, wanted) for region, ledger in self._cloud.ledgers.items()}
        incidents = {region: self._incidents(region) for region in seen}
        return {
            "regions": [self._region(region, status, seen[region], account_ids, incidents[region]) for region in seen],
            "links": [
                {
                    **{name: link[name] for name in ("from", "to", "cut", "lag", "on_the_way")},
                    "oldest": round(link["oldest_ago"], 1),
                    "money": {
                        currency: text(amount, currency)
                        for currency, amount in balances.on_the_way(
                            seen[link["from"]], link["from"], link["to"]
                        ).items()
                    },
                    "changes": changes[link["from"], link["to"]],
                }
                for link in status["links"]
            ],
            "incidents": [_incident(item) for item in incidents[self._cloud.home][:3]],
            "comparison": self._comparison(seen),
        }

    def _region(
        self,
        region: str,
        status: Mapping[str, Any],
        seen: balances.Shares,
        account_ids: Sequence[str],
        incidents: Sequence[Item],
    ) -> dict[str, Any]:
        resolver = next(resolver for resolver in status["resolvers"] if resolver["region"] == region)
        refused = self._refusals.look(region)
        return {
            "region": region,
            "name": self._cloud.name(region),
            "port": self._cloud.settings.app_port(region),
            "rate": self._rates(region)[-1],
            "rates": self._rates(region),
            "transfers": status["transfers"][region],
            "refused": refused.total(),
            "refusals": ", ".join(f"{count} {code}" for code, count in refused.most_common()),
            "backlog": sum(mapping["behind"] for mapping in resolver["mappings"]),
            "resolver": "stopped" if resolver["stopped"] else "running",
            "incidents": len(incidents),
            "accounts": [_account(account_id, seen[account_id], region) for account_id in account_ids],
        }

    def _incidents(self, region: str) -> list[Item]:
        query = Query(JOURNAL, "incidents", "incident_log", INCIDENT_LOG, "position", MOST_INCIDENTS, descending=True)
        return self._cloud.ledgers[region].local.query(query)

    def _count(self, transfers: Mapping[str, int]) -> None:
        now = time.monotonic()
        if self._counts and now - self._counts[-1][0] > GAP:
            self._counts.clear()
        self._counts.append((now, transfers))

    def _rates(self, region: str) -> list[float]:
        """Transfers a second over the last seconds, at each look; the newest last."""
        counts = list(self._counts)
        rates, first = [], 0
        for now, transfers in counts:
            while now - counts[first][0] > RATE_OVER:
                first += 1
            since, before = counts[first]
            passed = max(now - since, 1.0)
            rates.append(round(max(0, transfers[region] - before[region]) / passed, 1))
        return rates[-POINTS:]

    def _comparison(self, seen: Mapping[str, balances.Shares]) -> dict[str, Any]:
        """The accounts of the demonstration: the ledger's own, and the plain program's in each region."""
        plain = {region: self._cloud.plain[region].balances(ACCOUNTS) for region in seen}
        ours = {account_id: balances.true_balance(account_id, seen) for account_id in ACCOUNTS}
        return {
            "rows": [
                {"account": account_id, "ours": _text(ours[account_id])}
                | {region: _text(plain[region].get(account_id)) for region in plain}
                for account_id in ACCOUNTS
            ],
            "ours": _text(sum(filter(None, ours.values()), ZERO)) if all_known(ours) else None,
            "plain": {region: _text(sum(plain[region].values(), ZERO)) for region in plain},
        }


def all_known(balances: Mapping[str, Decimal | None]) -> bool:
    """Whether every account is there."""
    return all(balance is not None for balance in balances.values())


def _account(account_id: str, shares: Sequence[Share | None], region: str) -> dict[str, Any]:
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return {"id": account_id, "state": "is being mended"}
    if not known:
        return {"id": account_id, "state": "not known here"}
    money, currency = holdings(known, region), known[0].currency
    amounts = {
        "balance": money.balance, "here": money.here, "elsewhere": money.elsewhere, "in_transit": money.in_transit
    }  # fmt: skip
    parts = [float(part / money.balance) if money.balance > 0 else 0.0 for part in (money.here, money.elsewhere)]
    return {
        "id": account_id,
        "state": known[0].status,
        "currency": currency,
        "part_here": parts[0],
        "part_elsewhere": parts[1],
        **{name: text(amount, currency) for name, amount in amounts.items()},
    }


def _incident(item: Item) -> dict[str, str]:
    subject = item.get("account") or item.get("share") or item.get("transfer_id") or ""
    return {"reason": str(item.get("reason", "")), "subject": str(subject), "at": str(item.get("found_at", ""))}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else text(amount, CURRENCY)
