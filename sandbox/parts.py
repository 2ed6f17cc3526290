"""The processes of a sandbox: their commands, their environment, and how to tell that they work."""

import http.client
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sandbox.client import Client, NotRunning
from sandbox.config import CREDENTIALS, HOST, ROOT, Settings

HEARD_RECENTLY = 5.0


@dataclass(frozen=True, slots=True)
class Part:
    """One process. ``ready`` says whether it answers."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    ready: Callable[[], bool]


def parts(settings: Settings) -> list[Part]:
    """All parts in the order in which they start; each needs those before it. The engine is the first."""
    secret_key = secrets.token_urlsafe(50)
    engine = Part(
        name="engine",
        command=(sys.executable, "-m", "sandbox.engine"),
        environment=_base_environment(settings),
        ready=lambda: _answers(settings.engine_port, "/", any_status=True) and _control_answers(settings),
    )
    resolvers = [
        Part(
            name=f"resolver-{region}",
            command=(sys.executable, "-m", "sandbox.resolver", "--region", region),
            environment=_base_environment(settings)
            | ledger_environment(settings, region)
            | _figures(settings, "resolver", region),
            ready=partial(_resolver_is_heard, settings, region),
        )
        for region in settings.regions
        if settings.resolvers
    ]
    apps = [
        Part(
            name=f"app-{region}",
            command=(
                sys.executable, "-m", "gunicorn", "--config", str(ROOT / "webapp" / "gunicorn.conf.py"),
                "--bind", f"{HOST}:{settings.app_port(region)}", settings.wsgi,
            ),
            environment=program_environment(settings, region, secret_key) | _figures(settings, "app", region),
            ready=partial(_answers, settings.app_port(region), "/healthcheck"),
        )
        for region in settings.regions
        if settings.apps
    ]  # fmt: skip
    picture = Part(
        name="picture",
        command=(sys.executable, "-m", "sandbox.picture"),
        environment=_base_environment(settings) | CREDENTIALS,
        ready=partial(_answers, settings.picture_port, "/"),
    )
    return [engine, *resolvers, *apps, *([picture] if settings.shows_picture else [])]


def ledger_environment(settings: Settings, region: str) -> dict[str, str]:
    """The ledger's configuration for programs of ``region``: the same variables as in production."""
    endpoints = settings.endpoints(region)
    return CREDENTIALS | {
        "LEDGER_REGION": region,
        "LEDGER_REGIONS": ",".join(settings.regions),
        "LEDGER_ENDPOINTS": ",".join(f"{name}={url}" for name, url in endpoints.items()),
    }


def app_environment(settings: Settings, region: str, secret_key: str) -> dict[str, str]:
    """The app's configuration. Open access, and the admin beside the API, are asked for here and nowhere else."""
    return ledger_environment(settings, region) | {
        "DJANGO_SECRET_KEY": secret_key,
        "DJANGO_ALLOWED_HOSTS": f"{HOST},localhost",
        "LEDGER_OPEN_ACCESS": "1",
        "CONSOLE": "1",
    }


def _figures(settings: Settings, kind: str, region: str) -> dict[str, str]:
    """Where the processes of one part keep their figures, and the port that they are served on."""
    return {
        "PROMETHEUS_MULTIPROC_DIR": str(settings.directory / "figures" / f"{kind}-{region}"),
        "LEDGER_METRICS_PORT": str(settings.metrics_port(kind, region)),
    }


def program_environment(settings: Settings, region: str, secret_key: str) -> dict[str, str]:
    """The whole environment of the web application's programs in ``region``."""
    return _base_environment(settings) | app_environment(settings, region, secret_key)


def _base_environment(settings: Settings) -> dict[str, str]:
    """This shell's environment without what would lead elsewhere: profiles, endpoints and proxies of the user."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "LEDGER_", "DJANGO_", "GUNICORN_", "PROMETHEUS_", "CONSOLE"))
        and not name.lower().endswith("_proxy")
    }
    path = [str(ROOT / "webapp"), str(ROOT / "lambda_src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return (
        kept
        | settings.to_environment()
        | {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            "PYTHONUNBUFFERED": "1",
        }
    )


def _answers(port: int, path: str, *, any_status: bool = False) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return any_status or connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _control_answers(settings: Settings) -> bool:
    try:
        Client(settings.control_port, timeout=2).get("status")
    except NotRunning:
        return False
    return True


def _resolver_is_heard(settings: Settings, region: str) -> bool:
    try:
        status = Client(settings.control_port, timeout=2).get("status")
    except NotRunning:
        return False
    return any(
        resolver["region"] == region and resolver["heard_ago"] is not None and resolver["heard_ago"] < HEARD_RECENTLY
        for resolver in status["resolvers"]
    )
