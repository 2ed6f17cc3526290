"""The HTTP API. A request goes: ``config/urls.py`` → a view (parse, call the ledger, answer) → ``presenters.py``.

What is refused, and as what, stands in ``problems.py``.
"""
