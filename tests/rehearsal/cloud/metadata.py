"""The instance metadata service: who asks is known by the address that the router lets through.

Only version 2: without a token every answer is 401, as the templates demand it of the instances.
"""

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends
from werkzeug.wrappers import Request, Response

from tests.rehearsal.cloud.ec2 import ACCOUNT, instance_at

VERSIONS = ("2021-03-23", "latest")
TOKEN_HEADER = "X-aws-ec2-metadata-token"
LIFETIME = timedelta(hours=6)

type Environ = dict[str, Any]
type StartResponse = Callable[..., Any]


class Metadata:
    """The service as a WSGI application. Tokens and credentials live as long as the process."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self._roles: dict[str, AssumedRole] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        instance = instance_at(str(request.remote_addr))
        response = (
            Response("no instance has your address", 404) if instance is None else self._answer(request, instance)
        )
        return response(environ, start_response)

    def _answer(self, request: Request, instance: Instance) -> Response:
        if request.path == "/latest/api/token":
            if request.method != "PUT":
                return Response("PUT asks for a token", 405)
            token = secrets.token_urlsafe()
            self._tokens[token] = instance.id
            return Response(token)
        if self._tokens.get(request.headers.get(TOKEN_HEADER, "")) != instance.id:
            return Response("no token: this instance has version 2 only", 401)
        version, _, path = request.path.lstrip("/").partition("/")
        if version not in VERSIONS:
            return Response(f"known versions: {', '.join(VERSIONS)}", 404)
        return _leaf_or_listing(self._tree(instance), path)

    def _tree(self, instance: Instance) -> Mapping[str, Any]:
        region = instance.region_name
        meta_data: dict[str, Any] = {
            "ami-id": instance.image_id,
            "ami-launch-index": "0",
            "hostname": instance.private_dns_name,
            "instance-id": instance.id,
            "instance-type": instance.instance_type,
            "local-hostname": instance.private_dns_name,
            "local-ipv4": instance.private_ip,
            "placement": {"availability-zone": instance.availability_zone, "region": region},
            "security-groups": "\n".join(group.name for group in instance.security_groups),
        }
        if instance.public_ip:
            meta_data["public-ipv4"] = instance.public_ip
        if instance.key_name:
            meta_data["public-keys"] = _Keys({"0": {"openssh-key": _public_key(instance)}}, instance.key_name)
        role = _role_of(instance)
        if role:
            meta_data["iam"] = {"security-credentials": {role.name: json.dumps(self._credentials(instance, role))}}
        document = {
            "accountId": ACCOUNT,
            "architecture": "x86_64",
            "availabilityZone": instance.availability_zone,
            "imageId": instance.image_id,
            "instanceId": instance.id,
            "instanceType": instance.instance_type,
            "privateIp": instance.private_ip,
            "region": region,
        }
        tree: dict[str, Any] = {
            "meta-data": meta_data,
            "dynamic": {"instance-identity": {"document": json.dumps(document)}},
        }
        if instance.user_data:
            tree["user-data"] = base64.b64decode(instance.user_data)
        return tree

    def _credentials(self, instance: Instance, role: Any) -> dict[str, str]:
        if instance.id not in self._roles:
            self._roles[instance.id] = sts_backends[ACCOUNT]["aws"].assume_role(
                region_name=instance.region_name,
                role_session_name=instance.id,
                role_arn=role.arn,
                policy="",
                duration=int(LIFETIME.total_seconds()),
                external_id="",
            )
        assumed = self._roles[instance.id]
        written = "%Y-%m-%dT%H:%M:%SZ"
        return {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "LastUpdated": utcnow().strftime(written),
            "Expiration": (utcnow() + LIFETIME).strftime(written),
            "AccessKeyId": assumed.access_key_id,
            "SecretAccessKey": assumed.secret_access_key,
            "Token": assumed.session_token,
        }


class _Keys(dict[str, Any]):
    """The folder of public keys, whose listing is not that of any other folder: ``0=name``."""

    def __init__(self, keys: Mapping[str, Any], name: str) -> None:
        super().__init__(keys)
        self.listing = f"0={name}"


def _leaf_or_listing(tree: Mapping[str, Any], path: str) -> Response:
    node: Any = tree
    for part in filter(None, path.split("/")):
        if not isinstance(node, Mapping) or part not in node:
            return Response("no such thing", 404)
        node = node[part]
    if isinstance(node, _Keys):
        return Response(node.listing)
    if isinstance(node, Mapping):
        return Response("\n".join(f"{name}/" if isinstance(value, Mapping) else name for name, value in node.items()))
    return Response(node)


def _public_key(instance: Instance) -> str:
    pair = ec2_backends[ACCOUNT][instance.region_name].key_pairs[instance.key_name]
    key: str = pair.public_key
    return key


def _role_of(instance: Instance) -> Any:
    """The role of the instance's profile, or ``None``."""
    backend = ec2_backends[ACCOUNT][instance.region_name]
    for association in backend.iam_instance_profile_associations.values():
        if association.instance.id == instance.id:
            profile = iam_backends[ACCOUNT]["aws"].get_instance_profile(association.iam_instance_profile.name)
            return next(iter(profile.roles), None)
    return None
