"""The preflight's look at the operator's certificates, and the variables that are read from them, by Ansible itself."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from sandbox.config import ROOT

HOME, OTHER = "ap-northeast-2", "eu-central-1"
VARIABLES = ("tls_names", "tls_called_names", "tls_ca_file", "api_ports")


def play(file: Path) -> list[object]:
    """Look at the certificates as site.yml does, then write down what is read from them."""
    values = f"{{{{ dict({VARIABLES} | zip([{', '.join(VARIABLES)}])) | to_json }}}}"
    tasks = [
        {"ansible.builtin.include_role": {"name": "preflight", "tasks_from": "certificates"}},
        {"ansible.builtin.copy": {"content": values, "dest": str(file), "mode": "0600"}},
    ]
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of certificates as the guide describes it: of one authority, for both regions."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    write(tmp_path, HOME, authority.issue_cert("api.example.com", "seoul.example.com"))
    write(tmp_path, OTHER, authority.issue_cert("*.example.com"))
    return tmp_path


def write(folder: Path, region: str, certificate: trustme.LeafCert) -> None:
    """A region's certificate and key."""
    (folder / f"{region}.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    (folder / f"{region}.key").write_bytes(certificate.private_key_pem.bytes())
    (folder / f"{region}.key").chmod(0o600)


def played(tmp_path: Path, **variables: object) -> tuple[int, str]:
    """The exit status of a run with these variables of the operator's, and what it said."""
    book = tmp_path / "book.json"
    book.write_text(json.dumps(play(tmp_path / "told.json")), encoding="utf-8")
    done = subprocess.run(
        (
            str(Path(sys.executable).parent / "ansible-playbook"), str(book), f"--inventory={ROOT}/inventory/hosts.yml",
            f"--extra-vars={json.dumps(variables)}",
        ),
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def told(folder: Path) -> object:
    """What the run has written down."""
    return json.loads((folder / "told.json").read_text(encoding="utf-8"))


def test_good_certificates_pass_and_name_the_hosts(folder: Path) -> None:
    status, said = played(folder, tls_certificates=str(folder), tls_only="true", tls_hsts_seconds="600")
    assert status == 0, said
    assert told(folder) == {
        "tls_names": {HOME: ["api.example.com", "seoul.example.com"], OTHER: ["*.example.com"]},
        "tls_called_names": {HOME: "api.example.com", OTHER: "api.example.com"},
        "tls_ca_file": str(folder / "ca.pem"),
        "api_ports": "443",
    }


def test_without_certificates_there_is_no_tls(folder: Path) -> None:
    status, said = played(folder)
    assert status == 0, said
    assert told(folder) == {"tls_names": {}, "tls_called_names": {}, "tls_ca_file": "", "api_ports": "8080"}


def locked(folder: Path) -> None:
    """The key has a passphrase."""
    key = load_pem_private_key((folder / f"{OTHER}.key").read_bytes(), None)
    secret = BestAvailableEncryption(b"secret")
    (folder / f"{OTHER}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))


def test_links_to_the_files_are_followed(folder: Path) -> None:
    for file in (f"{HOME}.pem", f"{HOME}.key"):
        (folder / file).rename(folder / f"live-{file}")
        (folder / file).symlink_to(folder / f"live-{file}")
    status, said = played(folder, tls_certificates=str(folder))
    assert status == 0, said


def ended(folder: Path) -> None:
    """The certificate ends within a day."""
    soon = datetime.now(UTC) + timedelta(hours=12)
    write(folder, OTHER, trustme.CA().issue_cert("api.example.com", not_after=soon))


def nameless(folder: Path) -> None:
    """The certificate is for an address only."""
    write(folder, OTHER, trustme.CA().issue_cert("192.0.2.1"))


@pytest.mark.parametrize(
    ("mistake", "fix"),
    [
        (lambda folder: (folder / f"{HOME}.pem").unlink(), f"{HOME}.pem is not in tls_certificates"),
        (lambda folder: (folder / f"{OTHER}.key").chmod(0o640), "chmod 600"),
        (lambda folder: (folder / f"{OTHER}.key").write_bytes((folder / f"{HOME}.key").read_bytes()), "is not the key"),
        (locked, "have no passphrase"),
        (ended, "renew it"),
        (nameless, "for a host name"),
    ],
    ids=["missing", "open-key", "other-key", "passphrase", "ends-soon", "no-name"],
)
def test_a_mistake_is_named_with_its_fix(folder: Path, mistake: object, fix: str) -> None:
    assert callable(mistake)
    mistake(folder)
    status, said = played(folder, tls_certificates=str(folder))
    assert status != 0
    assert fix in " ".join(said.split())


@pytest.mark.parametrize("variables", [{"tls_only": True}, {"tls_hsts_seconds": 600}], ids=["only", "hsts"])
def test_hsts_and_a_closed_port_8080_need_tls(folder: Path, variables: dict[str, object]) -> None:
    status, said = played(folder, **variables)
    assert status != 0
    assert "tls_only needs tls_certificates" in " ".join(said.split())
