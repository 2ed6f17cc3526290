"""``GET /schema`` and ``GET /docs``."""

from api import documents
from tests.integration.api import contract
from tests.integration.api.cloud import App


def test_the_schema_describes_every_path_once(home: App) -> None:
    document = home.get("/schema").json()
    assert document["openapi"].startswith("3.1")
    assert {path: sorted(operations) for path, operations in document["paths"].items()} == {
        "/create_account": ["post"],
        "/transfer": ["post"],
        "/account/{account_id}": ["get"],
        "/accounts": ["get"],
        "/account/{account_id}/transfers": ["get"],
        "/transfer/{transfer_id}": ["get"],
        "/healthcheck": ["get"],
    }


def test_the_schema_describes_refusals_with_examples_and_headers(home: App) -> None:
    post = home.get("/schema").json()["paths"]["/transfer"]["post"]
    assert list(post["responses"]) == [
        "200", "400", "401", "403", "404", "406", "409", "413", "415", "422", "429", "500", "503"
    ]  # fmt: skip
    conflict = post["responses"]["409"]["content"]["application/problem+json"]
    assert {"insufficient-funds", "currency-mismatch", "account-frozen"} <= {
        example["value"]["code"] for example in conflict["examples"].values()
    }
    assert {"Retry-After", "Idempotency-Key", "X-Request-ID"} <= set(post["responses"]["503"]["headers"])
    assert {"Idempotency-Key", "X-Request-ID"} <= {parameter["name"] for parameter in post["parameters"]}
    assert post["requestBody"]["required"]
    assert documents.schema()["components"]["schemas"]["PaymentRequest"]["additionalProperties"] is False


def test_the_schema_comes_as_yaml_too(home: App) -> None:
    response = home.get("/schema", accept="application/yaml")
    assert response.headers["Content-Type"].startswith("application/yaml")
    assert response.content.startswith(b"openapi: 3.1")


def test_the_examples_of_the_schema_fit_it() -> None:
    document = documents.schema()
    for operations in document["paths"].values():
        for operation in operations.values():
            parts = [operation.get("requestBody", {}), *operation["responses"].values()]
            for media in (media for part in parts for media in part.get("content", {}).values()):
                assert media["examples"]
                for example in media["examples"].values():
                    contract.validate(media["schema"], example["value"])


def test_the_documentation_loads_nothing_from_elsewhere(home: App) -> None:
    page = home.get("/docs")
    assert b"https://" not in page.content
    assert b"//cdn" not in page.content
    assets = [part.split('"')[1] for part in page.content.decode().split("src=")[1:]]
    assert len(assets) == 3
    for asset in [*assets, "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"]:
        response = home.get(asset)
        assert (response.status_code, response.headers["X-Content-Type-Options"]) == (200, "nosniff")
        response.close()
