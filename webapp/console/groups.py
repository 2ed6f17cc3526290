"""The groups of operators and what each may do. Permissions are named as Django's admin names them."""

VIEWS = frozenset(f"console.view_{name}" for name in ("account", "transfer", "incident", "logline", "apikey"))
FREEZE = "console.freeze_account"
ACKNOWLEDGE = "console.acknowledge_incident"
ADJUST = "console.adjust_account"
VIEW_OPERATORS = "console.view_operator"
CREATE_KEYS = "console.create_apikey"
REVOKE_KEYS = "console.revoke_apikey"

GROUPS: dict[str, frozenset[str]] = {
    "inspectors": VIEWS,
    "operators": VIEWS | {FREEZE, ACKNOWLEDGE},
    "supervisors": VIEWS | {FREEZE, ACKNOWLEDGE, ADJUST, VIEW_OPERATORS, CREATE_KEYS, REVOKE_KEYS},
}


def permissions(group: str) -> frozenset[str]:
    """What members of ``group`` may do: nothing, if there is no such group."""
    return GROUPS.get(group, frozenset())
