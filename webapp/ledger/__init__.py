"""The account ledger: money rules, the requests they become, and the services that send them.

Pure Python, shared by the web application, the Lambda, the tests and the sandbox. Start reading at
``transfers.py`` (one payment from request to answer); ``shares.py`` has the rules it follows,
``writes.py`` what is written, ``errors.py`` what can go wrong.
"""
