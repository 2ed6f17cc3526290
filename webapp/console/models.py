"""Models for Django's admin, none of which has a relational table: the books and operators are in DynamoDB.

Instances are made from what ``console.queries`` and ``console.operators`` read, kept in ``seen`` as it is.
"""

from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from console import groups
from console.operators import OperatorRecord


class Operator(AbstractBaseUser):
    """Who is logged in. Nothing of it is ever saved through Django."""

    name = models.CharField("name", primary_key=True, max_length=64)
    group = models.CharField(max_length=20)
    is_active = models.BooleanField(default=True)
    last_login = None  # the operator log has it
    is_staff = True

    seen: OperatorRecord

    USERNAME_FIELD = "name"

    class Meta:
        managed = False
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.name)

    @classmethod
    def of(cls, record: OperatorRecord) -> Self:
        """The user that ``record`` describes."""
        user = cls(name=record.name, password=record.password, group=record.group, is_active=record.active)
        user.seen = record
        return user

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """Whether the group may do it."""
        return self.is_active and permission in groups.permissions(self.group)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the group may do anything in an application."""
        return self.is_active and any(name.startswith(f"{app_label}.") for name in groups.permissions(self.group))


class Seen(models.Model):
    """Something that was read from the tables. ``seen`` has it as the ledger describes it."""

    seen: Any

    class Meta:
        abstract = True
        managed = False
        default_permissions = ()


class Account(Seen):
    """An account."""

    account_id = models.CharField("account", primary_key=True, max_length=128)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10)

    def __str__(self) -> str:
        return str(self.account_id)


class Transfer(Seen):
    """An execution of a transfer."""

    transfer_id = models.CharField("transfer", primary_key=True, max_length=36)

    def __str__(self) -> str:
        return str(self.transfer_id)


class Incident(Seen):
    """Something that should not have happened."""

    incident_id = models.CharField("incident", primary_key=True, max_length=1200)

    def __str__(self) -> str:
        return str(self.incident_id)


class LogLine(Seen):
    """A line of the operator log."""

    position = models.CharField("time", primary_key=True, max_length=200)

    class Meta(Seen.Meta):
        verbose_name = "line of the operator log"
        verbose_name_plural = "operator log"

    def __str__(self) -> str:
        return str(self.position)


class ApiKey(Seen):
    """An API key, without the key itself."""

    key_id = models.CharField("key", primary_key=True, max_length=16)

    class Meta(Seen.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return str(self.key_id)
