"""Signs and verifies statements of provenance, as DSSE envelopes (in-toto, SLSA provenance v1).

    provenance.py sign STATEMENT KEY ENVELOPE
    provenance.py verify DIGEST MANIFEST SBOM ENVELOPE PUBLIC_KEY

KEY and PUBLIC_KEY are PEM (Ed25519, ECDSA or RSA). `verify` needs no network: it exits with 0 and a
line of what holds, or with 1 and a line of what does not.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
REVISION = "org.opencontainers.image.revision"


class Refused(Exception):
    """The message says what does not hold."""


def sign(statement: str, key: str, envelope: str) -> str:
    try:
        private = serialization.load_pem_private_key(Path(key).read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise Refused("the signing key is no unencrypted private key in PEM") from error
    public = SSlibKey.from_crypto(private.public_key())  # type: ignore[arg-type]
    signed = Envelope(Path(statement).read_bytes(), PAYLOAD_TYPE, {})
    signed.sign(CryptoSigner(private, public))  # type: ignore[arg-type]
    Path(envelope).write_text(json.dumps(signed.to_dict()), encoding="utf-8")
    return f"signed with key {public.keyid}"


def verify(digest: str, manifest: str, sbom: str, envelope: str, public_key: str) -> str:
    found = f"sha256:{hashlib.sha256(Path(manifest).read_bytes()).hexdigest()}"
    if found != digest:
        raise Refused(f"the manifest's digest is {found}, not {digest}")
    key = read_public_key(public_key)
    statement = read_statement(envelope, key)
    subjects = [each["digest"].get("sha256") for each in statement["subject"]]
    if digest.removeprefix("sha256:") not in subjects:
        raise Refused(f"its provenance is about {', '.join(map(str, subjects))}, not {digest}")
    described = json.loads(Path(sbom).read_text(encoding="utf-8"))
    about = described.get("metadata", {}).get("component", {}).get("version")
    if about != digest:
        raise Refused(f"its SBOM is about {about}, not {digest}")
    revision = json.loads(Path(manifest).read_bytes()).get("annotations", {}).get(REVISION)
    materials = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    commits = [each["digest"].get("gitCommit") for each in materials if "digest" in each]
    if revision not in commits:
        raise Refused(f"it names commit {revision}, its provenance {[c for c in commits if c]}")
    size = len(described.get("components", []))
    return f"signed with key {key.keyid}, commit {revision}, SBOM of {size} components"


def read_public_key(path: str) -> SSlibKey:
    try:
        return SSlibKey.from_crypto(serialization.load_pem_public_key(Path(path).read_bytes()))  # type: ignore[arg-type]
    except ValueError as error:
        raise Refused("the public key is no public key in PEM") from error


def read_statement(path: str, key: SSlibKey) -> dict[str, Any]:
    try:
        envelope = Envelope.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        envelope.verify([key], 1)
    except (VerificationError, ValueError, KeyError) as error:
        raise Refused(f"its provenance is not signed with key {key.keyid}") from error
    statement: dict[str, Any] = json.loads(envelope.payload)
    if envelope.payload_type != PAYLOAD_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise Refused(f"what is signed is no {PREDICATE_TYPE}")
    return statement


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    try:
        print({"sign": sign, "verify": verify}[command](*arguments))
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(1)
