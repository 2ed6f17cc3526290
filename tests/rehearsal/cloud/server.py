"""The control plane's process: ``python -m tests.rehearsal.cloud.server``, in the cloud's namespace."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from tests.rehearsal import places
from tests.rehearsal.calls import Notebook, credential, service_call, table_calls
from tests.rehearsal.cloud import cloudformation, ec2, functions, iam, s3, security_groups
from tests.rehearsal.cloud.metadata import Metadata
from tests.rehearsal.cloud.resources import TYPES
from tests.rehearsal.cloud.tables import GlobalTable

OUR_KEYS = ("rehearsal",)
"""The access keys of the operator and of the runner, who may do everything."""

log = logging.getLogger(__name__)


class Noting:
    """The control plane as a WSGI application, with a note of who called what."""

    def __init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._notebook = Notebook("control-plane")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Note and answer one request."""
        caller = credential(environ.get("HTTP_AUTHORIZATION", ""))
        if caller and caller[0] not in OUR_KEYS:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            request = {
                "path": environ["PATH_INFO"],
                "target": environ.get("HTTP_X_AMZ_TARGET", ""),
                "body": body.decode(errors="replace"),
            }
            access_key, region, service = caller
            if service == "dynamodb":
                operation = request["target"].partition(".")[2]
                for call in table_calls(access_key, region, ec2.ACCOUNT, operation, json.loads(body)):
                    self._notebook.note(call)
            else:
                self._notebook.note(service_call(access_key, region, service, ec2.ACCOUNT, request))
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer


def main() -> None:
    """Serve until the process is ended."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for additions in (cloudformation, ec2, functions, iam, s3, security_groups):
        additions.install()
    log.info("known beside moto's own: %s", [known.cloudformation_type() for known in (GlobalTable, *TYPES)])
    host = places.CLOUD.address
    metadata = make_server(host, places.METADATA_PORT, Metadata(), threaded=True)
    threading.Thread(target=metadata.serve_forever, daemon=True).start()
    make_server(
        host,
        places.ENDPOINT_PORT,
        Noting(),
        threaded=True,
        request_handler=MotoRequestHandler,
    ).serve_forever()


if __name__ == "__main__":
    main()
