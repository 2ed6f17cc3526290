"""Negative controls: broken rules of what the ledger says, be it to clients, in incidents or in requests to a table."""

from ledger import accounts, adopting, settling, statements, transfers
from tests.simulator.patches import Mutant, Patch

OF_ANSWERS = {
    "created-unheard": Mutant(
        "a creation that home has not answered is answered as done",
        (
            Patch(
                accounts.create,
                "raise RegionUnreachable((home,)) from error",
                "return _as_created(opened), False",
            ),
        ),
    ),
    "answered-for-another": Mutant(
        "a key that was used for another request is answered with that",
        (Patch(transfers.replay, "if executed.digest != wanted.digest:", "if False:"),),
    ),
    "silence-is-a-refusal": Mutant(
        "a payment whose answer is lost is refused for ever",
        (
            Patch(
                transfers._post,
                "    except Malformed as error:",
                "    except Unreachable:\n        raise AccountFrozen(posted.from_account) from None\n"
                "    except Malformed as error:",
            ),
        ),
    ),
    "paid-to-itself": Mutant(
        "an account may pay itself: two actions on one item",
        (Patch(transfers._check, "if order.from_account == order.to_account:", "if False:"),),
    ),
    "listed-without-home": Mutant(
        "the list shows accounts whose home share cannot be believed now",
        (Patch(accounts.page, " if _registered(ledger, shares) is not None", ""),),
    ),
    "overdrawn-unsaid": Mutant(
        "an account below zero is no incident", (Patch(settling._cover, "if held.balance < 0 and", "if False and"),)
    ),
    "strays-unsaid": Mutant(
        "a row that can be no account is no incident",
        (Patch(adopting.report_unknown, "name = unknown_id", "return False\n    name = unknown_id"),),
    ),
    "shown-without-others": Mutant(
        "an account is shown without what other regions have of it",
        (
            Patch(
                accounts._account,
                "holdings=holdings(shares, ledger.here),",
                "holdings=holdings([share for share in shares if share.region == ledger.here], ledger.here),",
            ),
        ),
    ),
    "list-with-a-gap": Mutant(
        "a page of the list begins after the one account that the page before left for it",
        (Patch(accounts.page, "ids[limit - 1] if len(ids)", "ids[limit] if len(ids)"),),
    ),
    "undone-shown-as-paid": Mutant(
        "a statement shows executions that were undone like others",
        (Patch(statements.page, "void is not None, item", "False, item"),),
    ),
}
