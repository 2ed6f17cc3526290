"""The two applications: this one, and Django's admin with this project's site."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class ConsoleConfig(AppConfig):
    """Models without a relational table, the admin's pages, and the commands of ``manage.py``."""

    name = "console"
    verbose_name = "Ledger"
    default = True


class ConsoleAdminConfig(SimpleAdminConfig):
    """``django.contrib.admin`` with ``ConsoleSite``. Only what ``console.admin`` registers is in it."""

    default_site = "console.site.ConsoleSite"
    default = False

    def ready(self) -> None:
        """Register the pages, so that Django's checks see them, and what listens to logins."""
        super().ready()
        import_module("console.admin")
        import_module("console.signals")
