"""What ``make sandbox`` says once everything answers."""

from sandbox.config import HOST, Settings
from sandbox.manage import DEVELOPER


def text(settings: Settings, password: str) -> str:
    """Addresses, the admin's operator with their ``password``, and the first lines to try."""
    lines = ["", "The sandbox is up.", ""]
    width = max(len(region) for region in settings.regions)
    if settings.apps:
        lines += [
            f"  {region:{width}}  http://{HOST}:{settings.app_port(region)}   (API description: /docs, admin: /admin/)"
            for region in settings.regions
        ]
    lines += [f"  {'DynamoDB':{width}}  http://{HOST}:{settings.engine_port}   (all regions: choose with --region)"]
    if settings.shows_picture:
        address = f"http://{HOST}:{settings.picture_port}"
        lines.append(f"  {'picture':{width}}  {address}   (both regions, live, with a demonstration)")
    lines.append("")
    if settings.apps:
        lines += [f"Log in to the admin as {DEVELOPER} with the password {password}", ""]
        lines += ["Try:", "", *(f"  {line}" for line in first_lines(settings)), ""]
    offset = f"PORT_OFFSET={settings.port_offset} " if settings.port_offset else ""
    lines += [
        "Switches, from another terminal:",
        "",
        f"  {offset}.venv/bin/python -m sandbox status",
        f"  {offset}.venv/bin/python -m sandbox link cut      (heal, lag 2.5, ...: link --help)",
        "",
        f"Logs: .sandbox/{settings.port_offset}/    Stop: Ctrl-C",
    ]
    return "\n".join(lines)


def first_lines(settings: Settings) -> list[str]:
    """The first commands of the README, at this sandbox's addresses."""
    home = f"http://{HOST}:{settings.app_port(settings.regions[0])}"
    other = f"http://{HOST}:{settings.app_port(settings.regions[-1])}"
    json_type = '-H "Content-Type: application/json"'
    return [
        f"curl {home}/healthcheck",
        f"curl -X POST {home}/create_account {json_type}"
        """ -d '{"account_id": "cloud", "balance": 1000, "currency": "USD"}'""",
        f"curl -X POST {home}/create_account {json_type}"
        """ -d '{"account_id": "it", "balance": 0, "currency": "USD"}'""",
        f"curl -X POST {other}/transfer {json_type}"
        """ -d '{"from_account": "cloud", "to_account": "it", "amount": 500}'""",
        f"curl {home}/account/cloud",
        f"aws --endpoint-url http://{HOST}:{settings.engine_port} --region {settings.home} dynamodb get-item"
        """ --table-name account-table --key '{"account_id": {"S": "cloud"}}'""",
    ]
