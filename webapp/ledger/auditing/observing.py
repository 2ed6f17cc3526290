"""Suspects: accounts and ids that look wrong are looked at until it is clear whether they are."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from ledger.auditing.accounts import Figures
from ledger.auditing.confirming import look_surely, read_records
from ledger.auditing.findings import Finding, Severity, is_only_waiting, is_settled, judge
from ledger.auditing.looking import Known, Look, checked
from ledger.auditing.options import Options
from ledger.auditing.pacing import Pace
from ledger.auditing.reading import Progress
from ledger.context import Ledger

type Finish = Callable[[list[Finding], Figures | None], None]
"""Told what remains of a suspect, and an account's figures."""

_BY_INDEXES = ("balance", "overdrawn")  # kinds of findings that depend on whether an index has the newest entries
_ATTEMPTS = 3  # at reading the journal while an account holds still


@dataclass(slots=True)
class Suspect:
    """An account or id that is under observation. ``look`` reads and checks it once more; ``known``: of an account."""

    look: Callable[[], Look]
    known: Known | None = None
    looks: list[list[Finding]] = field(default_factory=list)
    figures: Figures | None = None


class Observation:
    """All suspects of one audit, of which at most ``options.most`` are kept at one time.

    Those that look wrong have precedence: any number of accounts may wait for a link that is cut, and must not hide
    one that has lost money. So whoever looks wrong is observed to the end, until as many have been found wrong as can
    be kept.
    """

    def __init__(
        self, ledger: Ledger, options: Options, paces: Sequence[Pace], progress: Progress, finish: Finish
    ) -> None:
        self._ledger = ledger
        self._options = options
        self._paces = paces
        self._progress = progress
        self._finish = finish
        self._doubtful: list[Suspect] = []
        self._waiting: list[Suspect] = []
        self._wrong = 0
        self._too_many = 0

    def take(self, suspects: Sequence[Suspect]) -> None:
        """Look again at once, as the tables were not read at one moment; keep who then still looks wrong."""
        self._look(suspects)
        for suspect in suspects:
            if is_settled(suspect.looks):
                self._conclude(suspect)
            elif is_only_waiting(suspect.looks):
                self._waiting.append(suspect)
            elif self._wrong < self._options.most:
                self._doubtful.append(suspect)
            else:
                self._leave(suspect)
            while self._waiting and len(self._waiting) + len(self._doubtful) > self._options.most:
                self._leave(self._waiting.pop())
            if len(self._doubtful) >= self._options.most:
                self._observe()

    def end(self) -> None:
        """Observe who is left, and say how many could not be kept."""
        self._observe()
        if self._too_many:
            words = f"{self._too_many:,} more accounts and ids are not as they should be than can be observed at a time"
            self._finish([Finding(Severity.MOVING, "too-many", "", "", words)], None)

    def _leave(self, suspect: Suspect) -> None:
        """Count one without a finding of its own: so many could not be kept."""
        self._too_many += 1
        self._finish([], suspect.figures)

    def _observe(self) -> None:
        """Look at the suspects until they are settled or the time is up."""
        left, looks = [*self._doubtful, *self._waiting], max(1, self._options.looks)
        self._doubtful, self._waiting = [], []
        for number in range(looks):
            if not left:
                break
            self._progress("looking again", number, looks, len(left))
            self._ledger.clock.sleep(self._options.wait / looks)
            self._look(left)
            left = self._unsettled(left)
        self._confirm(left)
        for suspect in left:
            self._conclude(suspect)

    def _confirm(self, suspects: Iterable[Suspect]) -> None:
        """Look once more, without an index, at whoever is wrong only by what indexes say.

        What is not the same then, or of an account that is paid from or to whenever the journal is read, is no loss
        that is certain.
        """
        left = {suspect.known.account_id: suspect for suspect in suspects if suspect.known and _is_doubtful(suspect)}
        for _ in range(_ATTEMPTS):
            if not left:
                return
            accounts = [suspect.known for suspect in left.values() if suspect.known]
            records = read_records(self._ledger, accounts, self._options, self._confirming)
            found = self._all(records.values(), lambda known: look_surely(self._ledger, known))
            for account in found:
                if account is not None:
                    suspect = left.pop(account.account_id)
                    look, suspect.figures = checked(account, self._ledger.topology)
                    suspect.looks.append(look)
        for suspect in left.values():
            suspect.looks.append([_unconfirmed(finding) for finding in suspect.looks[-1]])

    def _confirming(self, phase: str, done: int, total: int, items: int) -> None:
        self._progress("reading the journal again", done, total, items)

    def _unsettled(self, suspects: Iterable[Suspect]) -> list[Suspect]:
        """Conclude who is settled; the others."""
        left = []
        for suspect in suspects:
            if is_settled(suspect.looks):
                self._conclude(suspect)
            else:
                left.append(suspect)
        return left

    def _conclude(self, suspect: Suspect) -> None:
        remains = judge(suspect.looks)
        self._wrong += any(finding.severity is Severity.WRONG for finding in remains)
        self._finish(remains, suspect.figures)

    def _look(self, suspects: Iterable[Suspect]) -> None:
        def look(suspect: Suspect) -> None:
            found, suspect.figures = suspect.look()
            suspect.looks.append(found)

        self._all(suspects, look)

    def _all[T, R](self, subjects: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """The results of all, worked on side by side and no faster than allowed."""

        def paced(subject: T) -> R:
            for pace in self._paces:
                pace.wait()
            return work(subject)

        if self._options.workers <= 1:
            return [paced(subject) for subject in subjects]
        with ThreadPoolExecutor(2 * self._options.workers) as pool:
            return list(pool.map(paced, subjects))


def _rests_on_indexes(finding: Finding) -> bool:
    return finding.severity is Severity.WRONG and finding.kind in _BY_INDEXES


def _is_doubtful(suspect: Suspect) -> bool:
    """Whether only an index may have made it look wrong."""
    return any(map(_rests_on_indexes, judge(suspect.looks)))


def _unconfirmed(finding: Finding) -> Finding:
    """What was found, as something that is not certain."""
    if not _rests_on_indexes(finding):
        return finding
    words = f"{finding.text}; not certain, as it was paid from or to while the journal was read"
    return replace(finding, severity=Severity.MOVING, kind="unconfirmed", text=words)
