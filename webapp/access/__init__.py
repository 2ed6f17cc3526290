"""API keys: who may call, for what, and how often. Plain Python over the ledger's storage seam, without Django.

A request's key goes: ``gate.py`` (the decision) → ``known.py`` (what this process remembers) → ``register.py`` (the
control table). ``keys.py`` has the rules of a key, ``system_accounts.py`` the accounts that no key opens or debits,
``errors.py`` what is refused.
"""
