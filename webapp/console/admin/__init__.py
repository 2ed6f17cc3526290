"""The pages of the admin. Importing them registers them."""

from console.admin import accounts, incidents, oplog, transfers

__all__ = ["accounts", "incidents", "oplog", "transfers"]
