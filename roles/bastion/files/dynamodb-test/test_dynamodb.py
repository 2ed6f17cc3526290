#!/opt/dynamodb-test/venv/bin/python
"""Tests the real tables and the real API, from the bastion: writes, reads, transfers, cleans up.

1. A row of its own in the control table: written here, seen in every other region, deleted, gone everywhere.
2. A transfer between two accounts of its own (`selftest-…`) through this region's API, seen in the journal of every
   other region and through every other region's API, and paid back, so that both accounts end as they began.

Exit status 0: everything as it should be; 1: something is not; 2: not set up. Accounts are never deleted in a ledger:
the two of each region stay, with the 100 USD that one of them opened with.
"""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ledger_status.configuration import Configuration, NotConfigured, read_configuration

KEY_FILE = Path("/etc/dynamodb-test/selftest-key")
PARTITION = "selftest"  # of the control table: the only one that the bastion may write
AMOUNT = "1.00"
OPENING = "100.00"
TIMEOUT = 20.0  # seconds for one call of the API, which may ask another region
POLL = 0.2  # seconds


class Failed(Exception):
    """Something is not as it should be."""


def step(name: str, do: Callable[[], str]) -> None:
    """Do it and say how it went. Raises ``Failed``."""
    start = time.monotonic()
    try:
        seen = do()
    except (BotoCoreError, ClientError, OSError, HTTPException) as error:
        raise Failed(f"{name}: {error}") from error
    except Failed as error:
        raise Failed(f"{name}: {error}") from error
    print(f"ok    {name}: {seen} ({(time.monotonic() - start) * 1000:.0f} ms)", flush=True)


def until(seen: Callable[[], bool], seconds: float, what: str) -> str:
    """Wait for ``seen``. Raises ``Failed`` after so many seconds."""
    start = time.monotonic()
    while not seen():
        if time.monotonic() - start > seconds:
            raise Failed(f"{what} has not come true within {seconds:.0f} s")
        time.sleep(POLL)
    return f"after {time.monotonic() - start:.1f} s"


class Tables:
    """The row in the control table, and entries in the journal, in every region."""

    def __init__(self, configuration: Configuration, wait: float) -> None:
        self._here = configuration.region
        self._others = configuration.others()
        self._clients = {region: configuration.client("dynamodb", region) for region in configuration.regions}
        self._wait = wait
        self._key = {"pk": {"S": PARTITION}, "sk": {"S": f"test~{uuid.uuid4()}"}}

    def run(self) -> None:
        """The row's whole life."""
        here = self._clients[self._here]
        step(f"write a row in {self._here}", self._write)
        try:
            step(f"read it in {self._here}", self._read)
            for region in self._others:
                step(f"see it in {region}", partial(self._until_there, region, there=True))
        finally:
            here.delete_item(TableName="control-table", Key=self._key)
        for region in self._clients:
            step(f"see it gone in {region}", partial(self._until_there, region, there=False))

    def see_transfer(self, transfer_id: str, executed_in: str) -> None:
        """The journal's entry, at every region's endpoint."""
        key = {"entry_id": {"S": transfer_id}, "region": {"S": executed_in}}
        for region, client in self._clients.items():
            step(f"see the entry in the journal in {region}", partial(self._until_entered, client, key))

    def _until_entered(self, client: Any, key: dict[str, Any]) -> str:
        def seen() -> bool:
            return "Item" in client.get_item(TableName="journal-table", Key=key)

        return until(seen, self._wait, "the entry's arrival")

    def _write(self) -> str:
        self._clients[self._here].put_item(TableName="control-table", Item={**self._key, "number": {"N": "1"}})
        return self._key["sk"]["S"]

    def _read(self) -> str:
        answer = self._clients[self._here].get_item(TableName="control-table", Key=self._key, ConsistentRead=True)
        if answer.get("Item", {}).get("number") != {"N": "1"}:
            raise Failed(f"read back {answer.get('Item')}")
        return "as written"

    def _until_there(self, region: str, *, there: bool) -> str:
        def seen() -> bool:
            answer = self._clients[region].get_item(TableName="control-table", Key=self._key, ConsistentRead=True)
            return ("Item" in answer) is there

        return until(seen, self._wait, "its arrival" if there else "its deletion")


class Api:
    """Two accounts and a transfer between them."""

    def __init__(self, configuration: Configuration, key: str, wait: float) -> None:
        self._configuration = configuration
        self._key = key
        self._wait = wait
        self._payer = f"selftest-{configuration.region}-a"
        self._payee = f"selftest-{configuration.region}-b"

    def run(self, tables: Tables) -> None:
        """Pay, see it everywhere, pay back."""
        here = self._configuration.region
        for region in self._configuration.regions:
            step(f"ask the app in {region} for its health", partial(self._health, region))
        step("have two accounts", self._have_accounts)
        paid: list[str] = []
        step(f"transfer {AMOUNT} USD in {here}", lambda: self._transfer(self._payer, self._payee, paid))
        try:
            tables.see_transfer(paid[0], here)
            for region in self._configuration.others():
                step(f"read the transfer through the app in {region}", partial(self._see, region, paid[0]))
        finally:
            step("pay it back", lambda: self._transfer(self._payee, self._payer, paid))

    def _health(self, region: str) -> str:
        status, body = self._call(region, "GET", "/healthcheck")
        if status != 200:
            raise Failed(f"{status} {body}")
        return str(body["status"])

    def _have_accounts(self) -> str:
        made = []
        for account, balance in ((self._payer, OPENING), (self._payee, "0.00")):
            body = {"account_id": account, "balance": balance, "currency": "USD"}
            status, answer = self._call(self._configuration.region, "POST", "/create_account", body)
            if status == 201:
                made.append(account)
            elif answer.get("code") != "account-exists":
                raise Failed(f"{status} {answer}{_hint(status)}")
        return f"made {', '.join(made)}" if made else "both exist"

    def _transfer(self, payer: str, payee: str, paid: list[str]) -> str:
        body = {"from_account": payer, "to_account": payee, "amount": AMOUNT, "reference": "self test"}
        key = str(uuid.uuid4())
        deadline = time.monotonic() + self._wait
        while True:
            status, answer = self._call(self._configuration.region, "POST", "/transfer", body, key)
            if status == 200:
                paid.append(answer["transfer_id"])
                return str(answer["transfer_id"])
            # The same key again is safe after any 503, and an account made a moment ago may still be on its way.
            if status != 503 or time.monotonic() > deadline:
                raise Failed(f"{status} {answer}{_hint(status)}")
            time.sleep(POLL)

    def _see(self, region: str, transfer_id: str) -> str:
        def seen() -> bool:
            status, answer = self._call(region, "GET", f"/transfer/{transfer_id}")
            if status not in (200, 404, 503):
                raise Failed(f"{status} {answer}{_hint(status)}")
            return status == 200

        return until(seen, self._wait, "the transfer's arrival")

    def _call(
        self, region: str, method: str, path: str, body: dict[str, str] | None = None, key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        app = self._configuration.apps[region]
        answer = app.call(method, path, timeout=TIMEOUT, headers=headers, body=data)
        try:
            return answer.status, json.loads(answer.body)
        except ValueError:
            return answer.status, {"detail": answer.body.decode(errors="replace")[:200]}


def _hint(status: int) -> str:
    if status in (401, 403):
        return (
            ". The self test's key is not accepted: delete the parameter /account-ledger/selftest-key in the home "
            "region and run playbooks/site.yml, which makes a new one"
        )
    return ""


def main() -> int:
    """Run the test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for another region (60)")
    wait = parser.parse_args().wait
    try:
        configuration = read_configuration()
        key = KEY_FILE.read_text(encoding="utf-8").strip()
    except (NotConfigured, OSError) as error:
        print(f"{error}\nRun as ec2-user or root, after: ansible-playbook playbooks/site.yml", file=sys.stderr)
        return 2
    tables = Tables(configuration, wait)
    try:
        tables.run()
        Api(configuration, key, wait).run(tables)
    except Failed as error:
        print(f"FAIL  {error}", flush=True)
        return 1
    print(f"All is as it should be, seen from {configuration.region}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
