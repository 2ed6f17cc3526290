"""Links between the calls (OpenAPI): what an answer says is what the next request asks for."""

from typing import Any

_ACCOUNT = {"account_id": "$response.body#/account_id"}
_FIRST_ACCOUNT = {"account_id": "$response.body#/items/0/account_id"}
_TRANSFER = {"transfer_id": "$response.body#/transfer_id"}
_FIRST_TRANSFER = {"transfer_id": "$response.body#/items/0/transfer_id"}
_REPEAT = {"header.Idempotency-Key": "$response.header.Idempotency-Key"}
_NEXT = {"query.cursor": "$response.body#/next_cursor"}


def _link(operation: str, parameters: dict[str, str], description: str, **more: Any) -> dict[str, Any]:
    return {"operationId": operation, "parameters": parameters, "description": description, **more}


def _sides(payer: str, payee: str) -> dict[str, dict[str, Any]]:
    return {
        "readSender": _link("read_account", {"account_id": f"$response.body#/{payer}"}, "The account that paid."),
        "readRecipient": _link(
            "read_account", {"account_id": f"$response.body#/{payee}"}, "The account that was paid."
        ),
    }


_LINKS: dict[str, dict[str, dict[str, Any]]] = {
    "create_account": {
        "read": _link("read_account", _ACCOUNT, "The account as it is now."),
        "transfers": _link("list_transfers", _ACCOUNT, "Its transfers: none yet."),
        "repeat": _link("create_account", _REPEAT, "The same answer again.", requestBody="$request.body"),
    },
    "transfer": {
        "read": _link("read_transfer", _TRANSFER, "The transfer as it stands."),
        "repeat": _link("transfer", _REPEAT, "The same answer again.", requestBody="$request.body"),
        **_sides("from_account", "to_account"),
    },
    "read_account": {"transfers": _link("list_transfers", _ACCOUNT, "Its transfers.")},
    "list_accounts": {
        "next": _link("list_accounts", _NEXT, "The next page, unless `next_cursor` is null."),
        "read": _link("read_account", _FIRST_ACCOUNT, "The first account of the page."),
    },
    "list_transfers": {
        "next": _link(
            "list_transfers",
            {"account_id": "$request.path.account_id", **_NEXT},
            "The next page, unless `next_cursor` is null.",
        ),
        "read": _link("read_transfer", _FIRST_TRANSFER, "The first transfer of the page."),
    },
    "read_transfer": _sides("from_account", "to_account"),
}


def linked(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the links into the description of the API."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if links := _LINKS.get(operation["operationId"]):
                success = min(operation["responses"])
                operation["responses"][success]["links"] = links
    return result
