"""Files that are whole or not there at all."""

import contextlib
import os
import secrets
from pathlib import Path


def write_whole(path, content: bytes) -> None:
    """Writes to a new file beside `path`, which then takes its place.

    Whatever goes wrong, also a process killed at any moment, `path` holds all of the
    new content or stays as it was. Two writers do not disturb each other. Folders that
    are missing are made.

    Args:
        path: of the file.
        content: of the file.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    path = Path(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("xb") as file:  # never another's file, nor through a link
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        raise OSError(
            error.errno,
            f"{path} was not written: {error.strerror or error}. Give a folder that "
            "can be written to and has room",
        ) from error
    finally:
        with contextlib.suppress(OSError):  # it may never have been there
            draft.unlink()
