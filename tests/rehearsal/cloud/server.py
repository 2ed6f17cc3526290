"""The control plane's process: ``python -m tests.rehearsal.cloud.server``, in the cloud's namespace."""

import logging
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from tests.rehearsal import places
from tests.rehearsal.cloud import cloudformation, ec2, s3, security_groups
from tests.rehearsal.cloud.metadata import Metadata
from tests.rehearsal.cloud.resources import TYPES
from tests.rehearsal.cloud.tables import GlobalTable

log = logging.getLogger(__name__)


def main() -> None:
    """Serve until the process is ended."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for additions in (cloudformation, ec2, s3, security_groups):
        additions.install()
    log.info("known beside moto's own: %s", [known.cloudformation_type() for known in (GlobalTable, *TYPES)])
    host = places.CLOUD.address
    metadata = make_server(host, places.METADATA_PORT, Metadata(), threaded=True)
    threading.Thread(target=metadata.serve_forever, daemon=True).start()
    make_server(
        host,
        places.ENDPOINT_PORT,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=MotoRequestHandler,
    ).serve_forever()


if __name__ == "__main__":
    main()
