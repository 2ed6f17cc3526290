"""What a caller may do."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access.errors import DebitNotAllowed, InsufficientScope, SystemAccountDebited
from access.system_accounts import PREFIX, is_system_account
from api.authentication import Principal
from ledger.errors import InvalidField

if TYPE_CHECKING:
    # REST framework reads this module while it defines its own views.
    from api.base import ApiView


class HasScope(BasePermission):
    """Lets in callers whose key has the scope that the view names."""

    def has_permission(self, request: Request, view: "ApiView") -> bool:
        """``view.scope`` is what a view of ``api.base`` needs. Raises ``InsufficientScope``."""
        principal: Principal = request.user
        if not principal.allows(view.scope):
            raise InsufficientScope(view.scope)
        return True


def check_debit(request: Request, account_id: str) -> None:
    """Raise ``DebitNotAllowed`` if the caller may not take money out of the account.

    Out of a system account nobody may, with any key or without one.
    """
    if is_system_account(account_id):
        raise SystemAccountDebited(account_id)
    principal: Principal = request.user
    if not principal.may_debit(account_id):
        raise DebitNotAllowed(account_id)


def check_creation(account_id: str) -> None:
    """Raise ``InvalidField`` if it is not for callers to create an account of this name."""
    if is_system_account(account_id):
        raise InvalidField("account_id", f"Ids that begin with {PREFIX!r} are for operators. Choose another id.")
