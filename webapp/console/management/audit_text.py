"""The result of an audit in words."""

from collections.abc import Iterator

from ledger.auditing.accounts import Figures
from ledger.auditing.findings import Finding, Severity
from ledger.auditing.report import Report, Verdict, amount_text

SHOWN = 20  # findings of one kind
_TITLES = {
    Severity.WRONG: "Wrong",
    Severity.WAITING: "Not settled yet",
    Severity.MOVING: "Could not be looked at while it held still",
    Severity.NOTE: "To be known",
}
_COLUMNS = ("currency", "accounts", "balances", "on the way", "openings", "difference")


def lines(report: Report) -> Iterator[str]:
    """The report: the verdict, the figures of each currency, what is not right, incidents."""
    yield report.line
    if report.unreadable:
        if report.verdict is Verdict.WRONG:  # what was found before a region could not be read any more
            yield from _findings(_TITLES[Severity.WRONG], report.of(Severity.WRONG))
            yield ""
            yield f"The rest could not be read: {report.unreadable}"
        return
    yield from _currencies(report)
    if report.verdict is Verdict.NOT_SETTLED:
        yield "Accounts were read at different moments, so the columns need not add up before all has settled."
    for severity, title in _TITLES.items():
        yield from _findings(title, report.of(severity))
    yield ""
    yield (
        f"{report.transfers:,} executions of transfers, {report.undone:,} of them undone as duplicates; "
        f"{report.rows:,} rows read in {report.seconds:,.0f} s; {report.looked_again:,} accounts and ids read again"
    )
    reasons = ", ".join(f"{count} × {reason}" for reason, count in report.reasons.most_common())
    yield f"Incidents ever: {reasons or 'none'}"
    for incident in report.incidents()[:5]:
        yield "  {found_at} {reason} {account} ({entry_id})".format(**incident)


def _currencies(report: Report) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for code, totals in sorted(report.currencies.items()):
        amounts = (totals.balances, totals.on_the_way, totals.openings, totals.difference)
        rows.append((code, f"{totals.accounts:,}", *(amount_text(amount, code) for amount in amounts)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    yield ""
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def _findings(title: str, findings: list[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield ""
    yield f"{title}:"
    for kind in dict.fromkeys(finding.kind for finding in findings):
        of_kind = sorted((one for one in findings if one.kind == kind), key=lambda one: one.since)
        for finding in of_kind[:SHOWN]:
            since = f" (since {finding.since})" if finding.since else ""
            yield f"  {kind}: {finding.text}{since}"
        if len(of_kind) > SHOWN:
            yield f"  {kind}: and {len(of_kind) - SHOWN:,} more"


def account_line(figures: Figures) -> str:
    """One account against its records."""
    code = figures.currency
    verdict = "" if not figures.difference else f", {amount_text(figures.difference, code)} beyond the records"
    return (
        f"{figures.account_id}: {amount_text(figures.balance, code)} {code} in {figures.shares} shares, "
        f"{amount_text(figures.on_the_way, code)} on the way, opened with {amount_text(figures.opening, code)}{verdict}"
    )


def account_json(figures: Figures) -> dict[str, object]:
    """The same for machines."""
    code = figures.currency
    amounts = ("balance", "on_the_way", "opening", "difference")
    shown = {name: amount_text(getattr(figures, name), code) for name in amounts}
    return {"account_id": figures.account_id, "currency": code, "shares": figures.shares, **shown}
