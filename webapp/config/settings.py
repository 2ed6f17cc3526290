"""Django's settings: everything that differs between machines comes from the environment.

There is no database, no session and no user here: the books are in DynamoDB, and ``ledger`` writes them.
There is no debug mode either.
"""

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import env
from config.logs import LOGGING as LOGGING
from ledger.start import ConfigurationError, read_environment

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env.secret(os.environ, "DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.hosts(os.environ, "DJANGO_ALLOWED_HOSTS")

try:
    LEDGER_CONFIGURATION = read_environment(os.environ)
except ConfigurationError as error:
    raise ImproperlyConfigured(str(error)) from error

# Without a key anybody may move money: for the sandbox only, where every table is on this machine.
LEDGER_OPEN_ACCESS = env.flag(os.environ, "LEDGER_OPEN_ACCESS")
if LEDGER_OPEN_ACCESS and not LEDGER_CONFIGURATION.only_loopback:
    raise ImproperlyConfigured(
        "LEDGER_OPEN_ACCESS is 1, but LEDGER_ENDPOINTS does not name an address of this machine for every region: "
        "it is for the sandbox. Unset it: callers then need an API key (manage.py createkey). To open real tables to "
        "everybody, for a demonstration, set LEDGER_OPEN_DEMONSTRATION=1."
    )

# The same for real tables, where somebody wants to show them to everybody: under a name that nobody sets by mistake.
LEDGER_OPEN_DEMONSTRATION = env.flag(os.environ, "LEDGER_OPEN_DEMONSTRATION")
LEDGER_KEY_RATE = env.number(os.environ, "LEDGER_KEY_RATE", default=100)  # requests a second, of each key and process

INSTALLED_APPS = ["django.contrib.staticfiles", "drf_spectacular", "drf_spectacular_sidecar", "console"]
MIDDLEWARE = [
    "api.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # both forms are routed: a redirected POST would lose its body
DATABASES: dict[str, Any] = {}

USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# The assets of /docs, from where they are installed: nothing has to be collected, nothing is loaded from elsewhere.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

# An answer of the API is never a page. /docs loosens this for itself.
SECURE_CSP = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE]}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "no-referrer"
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # no CSRF middleware: there are no cookies, so there is nothing a foreign page could ride on
    "security.W004",  # no HSTS, and
    "security.W008",  # no redirect to HTTPS: TLS ends before this process, and a POST is never redirected
]

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_PARSER_CLASSES": ["api.parsers.ExactJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.negotiation.Negotiation",
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.Callers"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.HasScope"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Account ledger",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": (BASE_DIR / "api" / "description.md").read_text(encoding="utf-8"),
    "PREPROCESSING_HOOKS": ["api.openapi.without_slash_twins"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.openapi.closed_requests",
        "api.links.linked",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AccountStatus": ["active", "frozen"],
        "TransferStatus": ["posted", "voided"],
        "HealthStatus": ["ok"],
        "Code": "api.answers.CODES",
    },
}
