"""The application that gunicorn serves."""

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.chunked import Unchunked

application = Unchunked(get_wsgi_application())

if settings.LEDGER_OPEN_DEMONSTRATION:
    logging.getLogger(__name__).warning(
        "OPEN DEMONSTRATION: LEDGER_OPEN_DEMONSTRATION is 1, so everybody who reaches this application may create "
        "accounts and move money, without an API key"
    )
