"""What the people who run the ledger use: the admin (``CONSOLE=1``) and the commands of ``manage.py``."""
