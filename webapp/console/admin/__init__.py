"""The pages of the admin. Importing them registers them."""

from console.admin import accounts, incidents, keys, operators, oplog, transfers

__all__ = ["accounts", "incidents", "keys", "operators", "oplog", "transfers"]
