"""The groups of operators and what each may do. Permissions are named as Django's admin names them."""

VIEWS = frozenset(
    {"console.view_account", "console.view_transfer", "console.view_incident", "console.view_logline"},
)
FREEZE = "console.freeze_account"
ACKNOWLEDGE = "console.acknowledge_incident"
VIEW_OPERATORS = "console.view_operator"

GROUPS: dict[str, frozenset[str]] = {
    "inspectors": VIEWS,
    "operators": VIEWS | {FREEZE, ACKNOWLEDGE},
    "supervisors": VIEWS | {FREEZE, ACKNOWLEDGE, VIEW_OPERATORS},
}


def permissions(group: str) -> frozenset[str]:
    """What members of ``group`` may do: nothing, if there is no such group."""
    return GROUPS.get(group, frozenset())
