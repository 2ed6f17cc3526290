"""One audit from beginning to end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import localcontext

from ledger.auditing.accounts import Account, Figures, check_account, figures, share_keys
from ledger.auditing.facts import copy_of, entry_facts, share_facts, writer_of
from ledger.auditing.findings import Finding, Severity
from ledger.auditing.gathering import account_of, by_account, by_key, entries_of, post
from ledger.auditing.ids import Entries, check_id
from ledger.auditing.looking import EXACT, Known, Look, checked, look_at_account, look_at_id
from ledger.auditing.observing import Observation, Suspect
from ledger.auditing.options import USUAL, Options
from ledger.auditing.pacing import Pace, PacedStore
from ledger.auditing.reading import Page, Progress, Unreadable, read_all, silent
from ledger.auditing.report import Report
from ledger.auditing.spool import Spool
from ledger.context import Ledger, timestamp
from ledger.writes import ACCOUNTS

# An entry's time is taken when its payment begins: it can stand in the journal later than that, by another clock.
LATEST = timedelta(minutes=6)
JUST_NOW = timedelta(seconds=5)  # how far the clocks of a ledger's hosts are apart at most


def nobody(account: Figures) -> None:
    """An ``each`` that keeps nothing."""


def audit(
    ledger: Ledger,
    options: Options = USUAL,
    progress: Progress = silent,
    each: Callable[[Figures], None] = nobody,
) -> Report:
    """Check the books of all regions. ``each`` is told the figures of every account."""
    began = ledger.clock.monotonic()
    report = Report(ledger.topology.regions, ledger.now())
    try:
        with localcontext(EXACT):
            _Audit(ledger, options, progress, each, report).run()
    except Unreadable as error:
        report.unreadable = str(error)
    report.seconds = ledger.clock.monotonic() - began
    return report


class _Audit:
    """The state of one run."""

    def __init__(
        self,
        ledger: Ledger,
        options: Options,
        progress: Progress,
        each: Callable[[Figures], None],
        report: Report,
    ) -> None:
        self._paces = {region: Pace(ledger.clock, options.rate) for region in ledger.topology.regions}
        self._ledger = replace(
            ledger, stores={region: PacedStore(ledger.stores[region], pace) for region, pace in self._paces.items()}
        )
        self._topology = ledger.topology
        self._options = options
        self._progress = progress
        self._each = each
        self._report = report
        self._since = timestamp(ledger.clock.now() - LATEST)
        self._just_now = timestamp(ledger.clock.now() - JUST_NOW)
        self._observation = Observation(self._ledger, options, list(self._paces.values()), progress, self._finish)

    def run(self) -> None:
        """Read, check, look again."""
        where, parts = self._options.directory, self._options.parts
        with Spool(where, parts) as ids, Spool(where, parts) as accounts:
            self._read(ids, accounts)
            for number, part in enumerate(ids.parts()):
                self._progress("checking transfers", number, ids.size, 0)
                self._take(
                    self._check_id(entry_id, entries_of(lines), accounts) for entry_id, lines in by_key(part).items()
                )
            for number, part in enumerate(accounts.parts()):
                self._progress("checking accounts", number, accounts.size, 0)
                self._take(self._check_account(*account_of(name, lines)) for name, lines in by_account(part).items())
        self._observation.end()

    # ---- Reading ------------------------------------------------------------------------------------------------

    def _read(self, ids: Spool, accounts: Spool) -> None:
        options = self._options
        pages = read_all(self._ledger, options.segments, options.workers, self._progress)
        for page in pages:
            self._report.rows += len(page.items)
            if page.table == ACCOUNTS:
                self._keep_rows(page, accounts)
            else:
                self._keep_entries(page, ids)

    def _keep_rows(self, page: Page, accounts: Spool) -> None:
        for row in page.items:
            key, copy = row["account_id"], copy_of(row)
            own = self._topology.owner(key) == page.region
            facts = share_facts(row, self._topology).to_json() if own else None
            account_id = self._topology.account_of(key)
            accounts.add(account_id, "row", key, page.region, copy.fingerprint, copy.time, copy.last, facts)

    def _keep_entries(self, page: Page, ids: Spool) -> None:
        for item in page.items:
            copy, region_key = copy_of(item), item["region"]
            own = writer_of(region_key) == page.region
            facts = entry_facts(item, self._topology).to_json() if own else None
            ids.add(item["entry_id"], region_key, page.region, copy.fingerprint, copy.time, facts)

    # ---- Checking -----------------------------------------------------------------------------------------------

    def _check_id(self, entry_id: str, found: Entries, accounts: Spool) -> Suspect | None:
        for entry in found.values():
            facts = entry.facts
            if facts is not None:
                self._report.transfers += facts.kind == "transfer"
                self._report.undone += facts.kind == "void"
                if facts.kind == "incident":
                    self._report.note_incident(entry_id, facts)
        post(entry_id, found, accounts, self._since)
        if not check_id(entry_id, found, self._topology):
            return None
        region_keys = set(found)

        def look() -> Look:
            return check_id(entry_id, look_at_id(self._ledger, entry_id, region_keys), self._topology), None

        return Suspect(look)

    def _check_account(self, account: Account, known: Known) -> Suspect | None:
        found = check_account(account, self._topology)
        moved = any(share.updated >= self._just_now for share in account.shares.values())
        whole = figures(account, self._topology)
        if not moved and all(finding.severity is Severity.NOTE for finding in found):
            self._report.findings += found
            self._count(account, whole)
            return None

        def look() -> Look:
            return checked(look_at_account(self._ledger, known, self._since), self._topology)

        return Suspect(look, known, figures=whole)

    def _count(self, account: Account, whole: Figures) -> None:
        if share_keys(account, self._topology):
            self._report.count(whole)
            self._each(whole)

    # ---- Looking again ------------------------------------------------------------------------------------------

    def _take(self, suspects: Iterator[Suspect | None]) -> None:
        fresh = [suspect for suspect in suspects if suspect is not None]
        self._report.looked_again += len(fresh)
        self._observation.take(fresh)

    def _finish(self, found: list[Finding], whole: Figures | None) -> None:
        self._report.findings += found
        if whole is not None:
            self._report.count(whole)
            self._each(whole)
