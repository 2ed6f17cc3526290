"""Negative controls: rules of the ledger, each broken in one place while a history runs. The simulator must see it."""

from ledger import (
    accounts,
    adopting,
    funds,
    opening,
    preserving,
    rebuilding,
    reconciling,
    resolving,
    restoring,
    settling,
    transfers,
    voiding,
    writes,
)
from tests.simulator.mutants_of_answers import OF_ANSWERS
from tests.simulator.patches import Mutant, Patch
from tests.simulator.replacements import PLAIN_TRANSFER, REWRITE

ALWAYS = "(attribute_exists(#id) OR attribute_not_exists(#id))"


def _seen(attribute: str) -> Patch:
    return Patch(
        writes.change_share,
        'seen = f"{path} = :seen_{attribute}{n}"',
        'seen = f"{path} = :seen_{attribute}{n}" if attribute != "'
        + attribute
        + '" else f"({path} = :seen_{attribute}{n} OR attribute_exists(#region))"',
    )


# One row for each account, wherever it was created: all of its money is there from the start.
_PLAIN_CREATION = (
    Patch(accounts._home_share, "asked_at_home = ledger.here == home", "asked_at_home = True"),
    Patch(opening.open_share, "home = ledger.topology.home", "return\n    home = ledger.topology.home"),
)
_NO_EVENTS = (
    Patch(resolving.account_changed, "", "def account_changed(ledger, change):\n    return 0\n"),
    Patch(resolving.journal_changed, "", "def journal_changed(ledger, change):\n    return 0\n"),
    Patch(reconciling.reconcile, "", "def reconcile(ledger):\n    return Sweep()\n"),
)
_OF_LEDGERS = frozenset(
    {
        "one writer",
        "no false alarm",
        "no share below zero",
        "balance as the records say",
        "nothing left damaged",
        "nothing on the way",
        "one status in all regions",
        "a frozen account does not move",
        "only opened shares move",
        "acknowledged means executed once",
        "no account below zero without an incident",
        "deficits are covered",
        "executed, then refused",
        "liveness",
        "each version names the one before",
        "entries are written once",
        "opened with the status known",
    }
)

MUTANTS = {
    "accept-unconditional": Mutant("accepting without the condition on accepted", (_seen("accepted"),)),
    "accept-twice": Mutant(
        "what is accepted is added twice",
        (Patch(settling.settle, "delta=total(accepts),", "delta=2 * total(accepts),"),),
    ),
    "grant-for-nothing": Mutant(
        "a grant does not lower the giver's balance", (Patch(funds.ask, "delta=-size,", "delta=ZERO,"),)
    ),
    "grant-unconditional": Mutant("granting without the condition on the counter seen", (_seen("granted"),)),
    "void-both": Mutant(
        "both executions of one id are undone",
        (Patch(voiding.void_own, "if stands is own:", "if len(executions) < 2:"),),
    ),
    "void-none": Mutant(
        "no execution of one id is undone", (Patch(voiding.void_own, "if stands is own:", "if True:"),)
    ),
    "entry-overwritten": Mutant(
        "journal entries are put without attribute_not_exists",
        (Patch(writes.put_entry, '"attribute_not_exists(#id)"', f'"{ALWAYS}"'),),
    ),
    "overdraft": Mutant(
        "the condition on the balance is dropped",
        (
            Patch(
                writes.change_share,
                '"#ledger_balance >= :floor"',
                '"(#ledger_balance >= :floor OR #ledger_balance < :floor)"',
            ),
        ),
    ),
    "frozen-pays": Mutant(
        "the condition on the status is dropped",
        (
            Patch(
                writes.change_share,
                '"#status = :active"',
                '"(#status = :active OR attribute_exists(#status))"',
            ),
        ),
    ),
    "no-guard": Mutant(
        "writes do not check that the row is the ledger's own work",
        (
            Patch(
                writes.change_share,
                "conditions = [GUARD]",
                'conditions = ["(" + GUARD.replace(" AND ", " OR ") + " OR attribute_exists(#id))"]',
            ),
        ),
    ),
    "counters-by-maximum": Mutant(
        "counters are restored by their maximum",
        (
            Patch(
                restoring._shift,
                "in differences.items() if difference}",
                "in differences.items() if difference > 0}",
            ),
        ),
    ),
    "old-image": Mutant(
        "the old image is put back, whatever the row is now",
        (
            Patch(
                restoring._ways,
                "replace_share(row, change.new)",
                f'Write("Put", ACCOUNTS, row, "{ALWAYS}", names={{"#id": "account_id"}})',
            ),
        ),
    ),
    "not-restored": Mutant(
        "foreign writes are not restored",
        (Patch(resolving._own_row_changed, "done = int(restore(ledger, key, change))", "done = 0"),),
    ),
    "restored-twice": Mutant(
        "a foreign write is restored at every delivery of its event",
        (Patch(restoring.restore, "[*write, put_entry(found)]", "write"),),
    ),
    "adopted-everywhere": Mutant(
        "every region adopts rows put by hand",
        (
            Patch(adopting.adopt, "if ledger.here != ledger.topology.home:", "if False:"),
            Patch(
                resolving.account_changed,
                "if owner == ledger.here:",
                'if owner == ledger.here or (change.new is not None and "ledger_balance" not in change.new):',
            ),
        ),
    ),
    "retried-under-new-id": Mutant(
        "a repeated request gets a new transfer id",
        (
            Patch(
                transfers.transfer,
                "transfer_id=entries.transfer_id(order.principal, order.key),",
                "transfer_id=ledger.new_id(),",
            ),
        ),
    ),
    "refused-unasked": Mutant(
        "a payment is refused for lack of funds though another region has executed it",
        (Patch(funds.find, "if executions:", "if False:"),),
    ),
    "no-give-back": Mutant(
        "what was accepted beyond the grants is kept",
        (Patch(settling.give_back, "done = 0", "return 0"),),
    ),
    "deficit-not-covered": Mutant(
        "a share below zero is not covered by the others",
        (Patch(settling._cover, "known: dict[str, Share] = {}", "return 0\n    known: dict[str, Share] = {}"),),
    ),
    "rebuilt-without-counters": Mutant(
        "a share is rebuilt from the journal alone",
        (
            Patch(
                rebuilding._share,
                "balance=before - sum(granted.values(), ZERO),",
                "balance=books.balance,",
            ),
        ),
    ),
    "entry-not-put-back": Mutant(
        "an entry that a hand has changed or deleted stays so",
        (
            Patch(
                resolving.journal_changed,
                "return int(preserving.put_back(ledger, change)) if preserving.is_damage(ledger, change) else 0",
                "return 0",
            ),
        ),
    ),
    "entry-back-alone": Mutant(
        "an entry is put back, and what was done again meanwhile stays done",
        (Patch(preserving._again, "second = _second(ledger, entry, standing)", "second = None"),),
    ),
    "status-kept": Mutant(
        "a status that home never had is kept",
        (Patch(settling.follow_home, "home = ledger.topology.home", "return 0\n    home = ledger.topology.home"),),
    ),
    "status-alone": Mutant(
        "a status is copied, or money accepted, by an update that is alone and has no token",
        (Patch(settling.settle, "[write, check]", "[write]"),),
    ),
    "opened-again": Mutant(
        "a share that was deleted is opened again",
        (
            Patch(
                opening.open_share,
                "put_entry(entries.share_opened(key, ledger.here, now, registered.currency)),",
                "replace(put_entry(entries.share_opened(key, ledger.here, now, registered.currency)), "
                f'condition="{ALWAYS}"),',
            ),
        ),
    ),
    "opened-with-an-old-status": Mutant(
        "a share is opened with the status that was read, whatever has arrived since",
        (
            Patch(
                opening.open_share,
                "status_unchanged(home_key, registered.status, registered.status_version),",
                "replace(status_unchanged(home_key, registered.status, registered.status_version), "
                f'condition="{ALWAYS}", names={{"#id": "account_id"}}, values={{}}),',
            ),
        ),
    ),
    "rebuilt-over-a-change": Mutant(
        "a share is rebuilt though its row has changed since the journal was read",
        (
            Patch(
                rebuilding.rebuild,
                "replace_share(share, row)",
                'replace_share(share, ledger.local.get([(ACCOUNTS, {"account_id": key})])[0])',
            ),
        ),
    ),
    "giver-read-first": Mutant(
        "what was accepted is held against a grant that was read before",
        (
            Patch(
                settling.give_back,
                "giver = believe(giver_row, ledger.topology)",
                "giver = believe(giver_row, ledger.topology); "
                'own = believe(ledger.local.get([(ACCOUNTS, {"account_id": ledger.key(account_id)})])[0], '
                "ledger.topology) or own",
            ),
        ),
    ),
    "adopted-unopened": Mutant(
        "a row that is adopted gets no entry that it was opened",
        (Patch(adopting.adopt, "put_entry(entries.share_opened(key, ledger.here, now, currency)),", ""),),
    ),
    "giver-read-here": Mutant(
        "what was accepted is held against the giver's row as it is known here",
        (Patch(settling.give_back, "ledger.stores[region].get(", "ledger.local.get("),),
    ),
    "deleted-kept": Mutant(
        "a share that a hand deletes stays deleted",
        (
            Patch(
                resolving._own_row_changed,
                "done = int(restore(ledger, key, change))",
                "done = int(restore(ledger, key, change)) if change.new is not None else 0",
            ),
            Patch(reconciling._look_at_entries, "zip(keys, rows, strict=True) if row is None", "() if row"),
        ),
    ),
    **OF_ANSWERS,
    "plain-program": Mutant(
        "read both accounts, compute, put both; no resolver",
        (Patch(transfers.transfer, "", PLAIN_TRANSFER), *_PLAIN_CREATION, *_NO_EVENTS),
        _OF_LEDGERS,
        hands=False,
    ),
    "conflict-resolver": Mutant(
        "the plain program with a resolver that reads the newest row again and writes it again",
        (
            Patch(transfers.transfer, "", PLAIN_TRANSFER),
            *_PLAIN_CREATION,
            Patch(resolving.account_changed, "", REWRITE),
            *_NO_EVENTS[1:],
        ),
        _OF_LEDGERS,
        hands=False,
    ),
}
