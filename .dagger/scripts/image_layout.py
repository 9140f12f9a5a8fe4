"""Makes images that are the same bytes every time, from those that an engine built.

    image_layout.py layer ARCHIVE FOLDER     one layer: tar (gzip or not) -> FOLDER/blob, about.json
    image_layout.py assemble REQUEST FOLDER  REQUEST (JSON) -> FOLDER/layout (OCI), about.json

What differs between two builds of the same files goes: times, the order of entries, names of
owners, access times, and gzip's own header. File times become `FILE_TIME`, so that a layer whose
files did not change is the same layer in every release.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

# 1980-01-01, the earliest that zip archives can say: tools that pack files again need no excuse.
FILE_TIME = 315532800


class Hashing(io.RawIOBase):
    """Writes on to a file, and remembers digest and size of what went through."""

    def __init__(self, target: io.BufferedIOBase) -> None:
        super().__init__()
        self.target = target
        self.sha256 = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        self.size += len(data)
        self.target.write(data)
        return len(data)

    @property
    def digest(self) -> str:
        return f"sha256:{self.sha256.hexdigest()}"


def layer(archive: str, folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    with open(Path(folder) / "blob", "wb") as file:
        sent = Hashing(file)
        with gzip.GzipFile("", "wb", 6, sent, mtime=0) as packed:
            whole = Hashing(packed)
            rewrite(archive, whole)
    about = {"digest": sent.digest, "size": sent.size, "diffId": whole.digest}
    (Path(folder) / "about.json").write_text(json.dumps(about), encoding="utf-8")


def rewrite(archive: str, target: Hashing) -> None:
    """Copies the entries in the order of their names; hard links keep the order of their files."""
    with tarfile.open(archive, "r:*") as source:
        entries = source.getmembers()
        plain = sorted((each for each in entries if not each.islnk()), key=order)
        links = sorted((each for each in entries if each.islnk()), key=order)
        with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as out:
            for entry in plain + links:
                entry.mtime = FILE_TIME
                entry.uname = entry.gname = ""
                entry.pax_headers = {
                    name: value
                    for name, value in entry.pax_headers.items()
                    if name.startswith("SCHILY.xattr.")
                }
                content = source.extractfile(entry) if entry.isreg() else None
                out.addfile(entry, bytecode(content) if entry.name.endswith(".pyc") else content)


def bytecode(content: IO[bytes] | None) -> IO[bytes] | None:
    """Compiled Python names the time of its source, which is FILE_TIME now: else it would be stale,
    and compiled again at every start of the container (PEP 552; flags 0 is by time)."""
    data = content.read() if content else b""
    if len(data) < 16 or data[4:8] != b"\0\0\0\0":
        return io.BytesIO(data)
    return io.BytesIO(data[:8] + FILE_TIME.to_bytes(4, "little") + data[12:])


def order(entry: tarfile.TarInfo) -> list[bytes]:
    return [os.fsencode(part) for part in entry.name.split("/")]


def assemble(request: str, folder: str) -> None:
    """REQUEST: config (of the built image), layers (folders that `layer` made), created (seconds),
    labels, annotations, defaults (labels that the image does not set itself)."""
    asked = json.loads(Path(request).read_text(encoding="utf-8"))
    layout = Path(folder) / "layout"
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    created = datetime.fromtimestamp(asked["created"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    layers = [json.loads((Path(at) / "about.json").read_text()) for at in asked["layers"]]
    for at, about in zip(asked["layers"], layers, strict=True):
        shutil.copyfile(Path(at) / "blob", blobs / about["digest"].removeprefix("sha256:"))

    built = asked["config"]
    config = {**built.get("config", {})}
    labels = {**asked["defaults"], **config.get("Labels", {}), **asked["labels"]}
    config["Labels"] = dict(sorted(labels.items()))
    made_by = [
        each.get("created_by", "") for each in built.get("history", []) if not each.get("empty_layer")
    ]
    made_by += [""] * (len(layers) - len(made_by))
    document = {
        "created": created,
        "architecture": built["architecture"],
        "os": built["os"],
        **({"variant": built["variant"]} if "variant" in built else {}),
        "config": dict(sorted(config.items())),
        "rootfs": {"type": "layers", "diff_ids": [each["diffId"] for each in layers]},
        "history": [
            {"created": created, "created_by": text} for text in made_by[: len(layers)]
        ],
    }
    oci = "application/vnd.oci.image"
    described = put(blobs, document, f"{oci}.config.v1+json")
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{oci}.manifest.v1+json",
        "config": described,
        "layers": [
            {"mediaType": f"{oci}.layer.v1.tar+gzip", "digest": each["digest"], "size": each["size"]}
            for each in layers
        ],
        "annotations": dict(sorted(asked["annotations"].items())),
    }
    top = put(blobs, manifest, f"{oci}.manifest.v1+json")
    index = {
        "schemaVersion": 2,
        "mediaType": f"{oci}.index.v1+json",
        "manifests": [{**top, "annotations": {"org.opencontainers.image.ref.name": "image"}}],
    }
    (layout / "index.json").write_text(canonical(index), encoding="utf-8")
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")
    about = {
        "digest": top["digest"],
        "size": top["size"] + described["size"] + sum(each["size"] for each in layers),
        "created": created,
        "layers": [
            {"digest": each["digest"], "size": each["size"], "createdBy": text}
            for each, text in zip(layers, made_by, strict=False)
        ],
    }
    (Path(folder) / "about.json").write_text(json.dumps(about), encoding="utf-8")


def put(blobs: Path, document: dict[str, Any], media_type: str) -> dict[str, Any]:
    data = canonical(document).encode()
    hexadecimal = hashlib.sha256(data).hexdigest()
    (blobs / hexadecimal).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{hexadecimal}", "size": len(data)}


def canonical(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    command, first, second = sys.argv[1:4]
    {"layer": layer, "assemble": assemble}[command](first, second)
