"""The application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.chunked import Unchunked  # noqa: E402  (nothing of the project before the settings are named)

application = Unchunked(get_wsgi_application())
