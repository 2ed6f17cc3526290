"""The environment that all tests run in: two regions, no real table within reach, Django set up."""

import os

import django
from hypothesis import settings

os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DJANGO_SECRET_KEY": "this key signs nothing: it is there so that the tests can start",
    "DJANGO_ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "LEDGER_REGION": "ap-northeast-2",
    "LEDGER_REGIONS": "ap-northeast-2,eu-central-1",
    # Nothing listens there: a test that reaches for a table without providing one fails at once.
    "LEDGER_ENDPOINTS": "ap-northeast-2=http://127.0.0.1:9,eu-central-1=http://127.0.0.1:9",
    "LEDGER_OPEN_ACCESS": "1",
    "CONSOLE": "1",
}
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
    os.environ.pop(name, None)

django.setup()

# A machine that is busy with other things is not a failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
