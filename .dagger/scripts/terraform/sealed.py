"""Sealed files: what must not be read on its way from one step to another, or outside of the engine.

A line that names the format, a line of JSON about the content (readable, but protected against
changes), the content encrypted with AES-256-GCM, and a SHA-256 of all that. The key comes from a
passphrase by scrypt. `src/infra/sealed.ts` reads the same format.
"""

import hashlib
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"kitchen-sealed 1\n"
SHORTEST_KEY = 16  # characters


class SealError(Exception):
    """The message says why a file cannot be sealed or opened."""


def seal(about: dict[str, Any], content: bytes, passphrase: bytes) -> bytes:
    if len(passphrase) < SHORTEST_KEY:
        raise SealError(
            f"the key is shorter than {SHORTEST_KEY} characters: make one with `openssl rand -base64 32`"
        )
    salt, nonce = os.urandom(16), os.urandom(12)
    key, check = derive(passphrase, salt)
    head = {"about": about, "salt": salt.hex(), "nonce": nonce.hex(), "check": check}
    start = MAGIC + json.dumps(head, separators=(",", ":")).encode() + b"\n"
    sealed = start + AESGCM(key).encrypt(nonce, content, start)
    return sealed + hashlib.sha256(sealed).digest()


def read_about(sealed: bytes, what: str) -> dict[str, Any]:
    """What a sealed file says about itself, without the key; changes show only when it is opened."""
    about: dict[str, Any] = _head(sealed, what)["about"]
    return about


def unseal(sealed: bytes, passphrase: bytes, what: str) -> bytes:
    head = _head(sealed, what)
    key, check = derive(passphrase, bytes.fromhex(head["salt"]))
    if check != head["check"]:
        raise SealError(f"{what} was sealed with another key than the one given")
    start = sealed[: sealed.index(b"\n", len(MAGIC)) + 1]
    try:
        return AESGCM(key).decrypt(bytes.fromhex(head["nonce"]), sealed[len(start) : -32], start)
    except InvalidTag as error:
        raise SealError(f"{what} was changed after it was sealed: do not use it") from error


def _head(sealed: bytes, what: str) -> dict[str, Any]:
    if not sealed.startswith(MAGIC):
        raise SealError(f"{what} is no file that Kitchen sealed")
    if hashlib.sha256(sealed[:-32]).digest() != sealed[-32:]:
        raise SealError(f"{what} is damaged (its checksum does not match): fetch it again")
    head: dict[str, Any] = json.loads(sealed[len(MAGIC) : sealed.index(b"\n", len(MAGIC))])
    return head


def derive(passphrase: bytes, salt: bytes) -> tuple[bytes, str]:
    """The key, and a few bytes that tell a wrong passphrase from a damaged file."""
    both = hashlib.scrypt(passphrase, salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=40)
    return both[:32], both[32:].hex()
