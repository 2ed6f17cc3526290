"""S3's bucket policies: kept and shown, not enforced.

moto enforces them without their conditions, so the one that denies calls without TLS would deny all of them.
"""

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket


def install() -> None:
    """Change moto's class in place; called once, by the server's process."""
    FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL
