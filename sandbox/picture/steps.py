"""The demonstration, step by step: what each one does, and the sentence that says what to look at."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus

from ledger import transfers
from ledger.entries import JOURNAL, transfer_key, void_key
from ledger.shares import believe
from ledger.writes import ACCOUNTS as SHARES
from sandbox.picture.cloud import ACCOUNTS, CURRENCY
from sandbox.picture.stage import Failed, Stage

BY_HAND = 1_000_000
TWICE = Decimal(20)  # what is paid under one key in both regions
LOOK = 2.5  # seconds
SLOW = 1.5  # seconds of lag at least: what is on the way can be seen
IN_TURN = tuple(zip(ACCOUNTS, (*ACCOUNTS[1:], ACCOUNTS[0]), strict=True))


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``look`` says what to look at; ``run`` does it and says what came of it."""

    name: str
    title: str
    look: str
    run: Callable[[Stage], str]


def _pay(stage: Stage) -> str:
    stage.switch(cut=False)
    lags = [link["lag"] for link in stage.cloud.control.get("status")["links"]]
    stage.switch(lag=max(SLOW, *lags))
    stage.open_accounts()
    before = stage.cloud.payments.paid.copy()
    for payer, payee in IN_TURN:
        stage.pay(stage.cloud.away, payer, payee, TWICE)  # more than is here: it draws half of what is there
    stage.pay_in_both(8)
    refused = stage.pay(stage.cloud.away, ACCOUNTS[0], ACCOUNTS[1], Decimal(BY_HAND))
    return f"{_paid_since(stage, before)} One of {BY_HAND:,} {CURRENCY} was refused: {refused.code}."


def _cut(stage: Stage) -> str:
    stage.switch(cut=True)
    stage.pause(LOOK)
    return "The link is cut. Each region goes on alone."


def _keep_paying(stage: Stage) -> str:
    stage.balances()  # there must be accounts
    before = stage.cloud.payments.paid.copy()
    with ThreadPoolExecutor(max_workers=1) as client:
        too_much = client.submit(_more_than_is_there, stage)
        stage.pay_in_both(9)
        refused = too_much.result()
    return f"{_paid_since(stage, before)} {refused}"


def _more_than_is_there(stage: Stage) -> str:
    """Ask one region for more than its own share."""
    payer, away, home = ACCOUNTS[0], stage.cloud.away, stage.cloud.home
    own = stage.own_shares(payer)
    amount = (own[away].balance if away in own else Decimal(0)) + (own[home].balance / 2).quantize(Decimal("0.01"))
    answer = stage.pay(away, payer, ACCOUNTS[1], amount)
    if answer.status == HTTPStatus.OK:
        return f"{amount:,.2f} {CURRENCY} could be paid, as the link is up."
    return f"{amount:,.2f} {CURRENCY} in {stage.cloud.name(away)} were refused: {answer.code}."


def _heal(stage: Stage) -> str:
    stage.switch(cut=False)
    stage.pause(LOOK)
    return "The link is up again."


def _settle(stage: Stage) -> str:
    stage.switch(cut=False)
    return stage.judge()


def _same_key(stage: Stage) -> str:
    """A client that got no answer sends its payment again, to the other region, which cannot know of the first."""
    cloud = stage.cloud
    stage.switch(cut=False)
    stage.open_accounts()
    payer, payee = _rich_in_both(stage)
    stage.settle()
    key = str(uuid.uuid4())
    stage.switch(cut=True)
    answers = [cloud.payments.pay(region, payer, payee, TWICE, key=key) for region in cloud.settings.regions]
    if any(answer.status != HTTPStatus.OK for answer in answers):
        raise Failed(f"The payment was refused: {', '.join(answer.code for answer in answers)}.")
    stage.pause(LOOK)
    stage.switch(cut=False)
    stage.settle()
    record = transfers.read(cloud.ledgers[cloud.home], answers[0].body["transfer_id"])
    store = cloud.ledgers[cloud.home].local
    seconds = store.get([(JOURNAL, transfer_key(record.transfer.transfer_id, region)) for region in record.undone_in])
    voids = [(JOURNAL, void_key(second)) for second in seconds if second is not None]
    if len(voids) != 1 or None in store.get(voids):
        raise Failed("The payment was not executed in both regions, or not undone in one of them.")
    undone, stands = cloud.name(record.undone_in[0]), cloud.name(record.transfer.region)
    return (
        f"Both regions paid {TWICE:,.2f} {CURRENCY} from {payer} to {payee}. {stands}'s payment stands, {undone}'s is"
        " undone: paid once."
    )


def _rich_in_both(stage: Stage) -> tuple[str, str]:
    """A payer that has enough in either region for the payment, and somebody to be paid."""
    for _ in range(2):
        for payer, payee in IN_TURN:
            own = stage.own_shares(payer)
            if all(region in own and own[region].balance >= TWICE for region in stage.cloud.settings.regions):
                return payer, payee
        for payer, payee in IN_TURN:
            stage.pay(stage.cloud.away, payer, payee, TWICE)
        stage.settle()
    raise Failed("No account has money in both regions: reset, and begin with the first step.")


def _overwrite(stage: Stage) -> str:
    cloud, account_id = stage.cloud, ACCOUNTS[0]
    stage.switch(cut=False)
    stage.open_accounts()
    stage.settle()
    ledger = cloud.ledgers[cloud.home]
    key = {"account_id": account_id}
    before = stage.balances()[account_id]
    began = time.monotonic()
    cloud.table(cloud.home, SHARES).update_item(
        Key=key, UpdateExpression="SET balance = :b", ExpressionAttributeValues={":b": BY_HAND}
    )
    mended = "the row has not been put right"
    stage.until(lambda: believe(ledger.local.get([(SHARES, key)])[0], ledger.topology) is not None, mended)
    seconds = time.monotonic() - began
    stage.judge()
    after = stage.balances()[account_id]
    if after != before:
        raise Failed(f"{account_id} has {after:,.2f} {CURRENCY} and had {before:,.2f}.")
    return (
        f"{BY_HAND:,} {CURRENCY} stood in the row of {account_id} for {seconds:.1f} seconds; then it was back at"
        f" {after:,.2f}, with an incident for the operators."
    )


def _paid_since(stage: Stage, before: Counter[str]) -> str:
    paid = {region: stage.cloud.payments.paid[region] - before[region] for region in stage.cloud.settings.regions}
    return " and ".join(f"{count} payments in {stage.cloud.name(region)}" for region, count in paid.items()) + "."


STEPS = (
    Step(
        "pay",
        "Pay in both regions",
        "Look at the shares: all money begins in Seoul, and Frankfurt draws its part as it pays.",
        _pay,
    ),
    Step("cut", "Cut the link", "Look at the dots: each is a change on its way, and they wait at the gap.", _cut),
    Step(
        "keep",
        "Keep paying",
        "Look at the transfers: both regions pay on from their own shares, and refuse what those do not cover.",
        _keep_paying,
    ),
    Step(
        "heal",
        "Heal the link",
        "Look at the plain program: its rows overwrite each other, and the last writer wins.",
        _heal,
    ),
    Step(
        "settle",
        "Watch it settle",
        "Look at the totals: once nothing is on the way, an audit adds up all books.",
        _settle,
    ),
    Step(
        "same-key",
        "Same key in both regions",
        "Look at the balances: a client repeats its payment in the other region, and one of the two is undone.",
        _same_key,
    ),
    Step(
        "overwrite",
        "A hand-made overwrite",
        f"Look at bakery: a hand writes {BY_HAND:,} into its row, and the resolver puts it right.",
        _overwrite,
    ),
)
