"""Django's settings: everything that differs between machines comes from the environment.

There is no relational database: the books are in DynamoDB, and ``ledger`` writes them; operators and what belongs to
them are in the control table. There is no debug mode either.
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

# The admin, at /admin/. The process that serves the API to the world never has it: see "The admin" in README.md.
CONSOLE = env.flag(os.environ, "CONSOLE")

INSTALLED_APPS = ["console", "django.contrib.staticfiles", "drf_spectacular", "drf_spectacular_sidecar"]
MIDDLEWARE = [
    "api.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
if CONSOLE:
    INSTALLED_APPS += [
        "console.apps.ConsoleAdminConfig",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
    ]
    MIDDLEWARE += [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    CSRF_FAILURE_VIEW = "console.failures.csrf_failure"
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
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
            if CONSOLE
            else []
        },
    }
]

# Operators are rows of the control table. scrypt is Django's one memory-hard hash that needs no other package.
AUTH_USER_MODEL = "console.Operator"
AUTHENTICATION_BACKENDS = ["console.backends.OperatorBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"

SESSION_ENGINE = "console.sessions"
SESSION_COOKIE_NAME = "console_session"
SESSION_COOKIE_AGE = 8 * 60 * 60  # seconds since logging in
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "console_csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
# Where all tables are on this machine, which is the sandbox, pages are read over plain HTTP.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LEDGER_CONFIGURATION.only_loopback
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# An answer of the API is never a page. /docs loosens this for itself.
SECURE_CSP = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE]}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "no-referrer"
SILENCED_SYSTEM_CHECKS = [
    # no CSRF middleware: without the admin there are no cookies, so there is nothing a foreign page could ride on
    *([] if CONSOLE else ["security.W003"]),
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
