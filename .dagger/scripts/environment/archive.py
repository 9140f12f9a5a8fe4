"""Files on their way into a container and out of it: the API takes and gives tar archives."""

import io
import tarfile
from collections.abc import Iterable

from spec import File


def pack(files: Iterable[File], volume: str) -> bytes:
    """An archive to be unpacked at ``volume``, with the folders that the files ask for."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        folders: set[str] = set()
        for file in files:
            if file.folder and file.folder not in folders:
                folders.add(file.folder)
                entry = tarfile.TarInfo(file.folder.lstrip("/"))
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            entry = tarfile.TarInfo(file.path.removeprefix(volume).lstrip("/"))
            content = file.content.encode()
            entry.size, entry.mode, entry.uid = len(content), file.mode, file.owner
            entry.gid = file.owner
            archive.addfile(entry, io.BytesIO(content))
        end = archive.offset + 2 * tarfile.BLOCKSIZE
    # Without what pads an archive to a tape's record: Podman stops reading before it.
    return packed.getvalue()[:end]


def first_file(chunks: Iterable[bytes]) -> str | None:
    """What the first file of an archive holds; None when it is none."""
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        member = archive.next()
        content = archive.extractfile(member) if member else None
        return content.read().decode() if content else None
