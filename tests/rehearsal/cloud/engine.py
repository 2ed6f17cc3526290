"""The sandbox's engine, with a note of who called what: ``python -m tests.rehearsal.cloud.engine``."""

import json

from sandbox import engine
from sandbox.asgi import App, Receive, Scope, Send, headers_of
from sandbox.config import Settings
from tests.rehearsal.calls import Notebook, credential, table_calls
from tests.rehearsal.cloud.ec2 import ACCOUNT

_serve = vars(engine)["serve_http"]
_notebook = Notebook("tables")


def noting(app: App) -> App:
    """``app``, and a note of every request to the tables."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        chunks: list[bytes] = []

        async def listened() -> dict[str, object]:
            message = dict(await receive())
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                _note(headers_of(scope), b"".join(chunks))
            return message

        await app(scope, listened, send)

    return noted


def _note(headers: dict[str, str], body: bytes) -> None:
    target = headers.get("x-amz-target", "")
    caller = credential(headers.get("authorization", ""))
    if caller and target.startswith("DynamoDB_"):
        access_key, region, _ = caller
        for call in table_calls(access_key, region, ACCOUNT, target.partition(".")[2], json.loads(body)):
            _notebook.note(call)


async def _serve_noting(app: App, port: int, stop: object) -> None:
    tables = port == Settings.from_environment().engine_port
    await _serve(noting(app) if tables else app, port, stop)


if __name__ == "__main__":
    vars(engine)["serve_http"] = _serve_noting
    engine.main()
