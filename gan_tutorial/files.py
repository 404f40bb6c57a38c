"""Files that are whole or not there at all, one by one or as a set; and reading them.

What is being written has a name that begins with a dot and ends in `.tmp`. Killed
processes leave such drafts; the next writer in the same folder removes them.
"""

import contextlib
import errno
import io
import math
import os
import secrets
import shutil
import time
import zipfile
from pathlib import Path

import numpy as np

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_DRAFTS = "." + "[0-9a-f]" * 32 + ".tmp"
_READY = ".new_set.tmp"  # a whole set that is taking its place
_OLD = ".old"  # in it: what the set replaces
_OLD_AGE = 3600  # seconds after which a draft is nobody's, where that cannot be seen


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
    with _draft(Path(path), content) as draft:
        os.replace(draft, path)


def check_place(path, content: bytes) -> None:
    """Tries whether `write_whole` could write here and now; `path` stays as it is.

    Raises:
        OSError: as `write_whole`, or `path` is a folder.
    """
    with _draft(Path(path), content):
        _refuse_folder(Path(path))


def check_name(name) -> None:
    """A `ValueError` where no file can be called so, with an ending after it."""
    if not isinstance(name, str) or not name or set(name) & set('\0\n"*./:<>?\\|'):
        raise ValueError(
            f"The name is {name!r}; expected a file name without folders or ending."
        )


@contextlib.contextmanager
def whole_set(folder):
    """Gives an empty folder, whose files then replace those in `folder` together.

    That is when the `with` block ends, which must not write into `folder` itself. Where
    it fails, or a file cannot be replaced, all stay as they were. A process killed
    among the last renamings leaves both sets whole: `settle`, `read` and the next set
    put the new one in its place. Other files in `folder` stay.

    Args:
        folder: is made where it is missing.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    folder = Path(folder)
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, alone=True):
            _settle(folder)
            aside = folder / f".{secrets.token_hex(16)}.tmp"
            try:
                aside.mkdir()
                yield aside
                os.rename(aside, folder / _READY)
                aside = folder / _READY
                _settle(folder)
            finally:
                # After a failure that could not be undone, both sets are still needed.
                if not any((aside / _OLD).glob("*")):
                    shutil.rmtree(aside, ignore_errors=True)


def settle(folder) -> None:
    """Finishes what a killed process began; as a rule there is nothing to do."""
    if (Path(folder) / _READY).exists():
        with contextlib.suppress(OSError), _locked(Path(folder), alone=True):
            _settle(Path(folder))


def read(path, most: int = 2**31) -> bytes:
    """The content of a file.

    Args:
        path: of the file.
        most: bytes that it may have.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a folder, an empty file or one that is too large.
    """
    path = Path(path)
    settle(path.parent)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", str(path))
    size = path.stat().st_size if path.is_file() else None
    if not size or size > most:
        found = "is a folder or a device" if size is None else f"has {size} bytes"
        raise ValueError(
            f"{path} {found}; expected a file of 1 to {most} bytes. Give another path."
        )
    return path.read_bytes()


def unzip(content: bytes) -> dict[str, bytes]:
    """The members of a ZIP archive by name, uncompressed: none can claim what is not.

    Raises:
        ValueError: no archive, a damaged one, or one that would grow.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) <= len(content):
                return {member.filename: archive.read(member) for member in members}
    except Exception as error:  # whatever a hostile file makes of zipfile
        raise ValueError(f"it is no whole ZIP archive ({error})") from None
    raise ValueError("it claims to hold more than it has bytes")


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """The arrays of an archive that `np.savez` wrote, by name.

    Sizes are compared before memory is taken, and no pickled object is opened.

    Raises:
        ValueError: no such archive, or a damaged one.
    """
    arrays = {}
    for name, member in unzip(content).items():
        try:
            stream = io.BytesIO(member)
            version = np.lib.format.read_magic(stream)
            kind = "1_0" if version == (1, 0) else "2_0"
            shape, _, dtype = getattr(np.lib.format, f"read_array_header_{kind}")(
                stream
            )
            size = math.prod(shape) * dtype.itemsize
            if not dtype.hasobject and size == len(member) - stream.tell():
                stream.seek(0)
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(
                    stream, allow_pickle=False
                )
                continue
        except Exception:  # whatever a hostile file makes of NumPy's reader
            pass
        raise ValueError(f"{name} in it is no array, or one of another size")
    return arrays


@contextlib.contextmanager
def _draft(path, content):
    """A file beside `path` that holds the content, for a while."""
    draft = path.with_name(f".{secrets.token_hex(16)}.tmp")
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        settle(path.parent)
        with _locked(path.parent):
            try:
                with draft.open("xb") as file:  # never another's file, nor a link's
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                yield draft
            finally:
                with contextlib.suppress(OSError):  # it may never have been there
                    draft.unlink()


@contextlib.contextmanager
def _locked(folder, alone=False):
    """While it lasts, nobody takes our drafts for those of a killed process.

    The system frees the lock of a process that ends, however it ends.
    """
    place = None
    if fcntl is not None:
        with contextlib.suppress(OSError):
            place = os.open(folder, os.O_RDONLY)
    try:
        wait = 0 if alone or fcntl is None else fcntl.LOCK_NB
        nobody_else = _lock(place, "LOCK_EX", wait)
        _sweep(folder, 0 if nobody_else else _OLD_AGE)
        if not alone:
            _lock(place, "LOCK_SH")
        yield
    finally:
        if place is not None:
            os.close(place)


def _lock(place, kind, wait=0):
    try:  # some network drives know no locks
        return (
            place is not None
            and fcntl.flock(place, getattr(fcntl, kind) | wait) is None
        )
    except OSError:
        return False


def _sweep(folder, age):
    """Removes the drafts that killed processes left, if they are old enough."""
    for draft in folder.glob(_DRAFTS):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime >= age:
                shutil.rmtree(draft) if draft.is_dir() else draft.unlink()


def _settle(folder):
    """Lets a set that is ready take its place, or leaves all as it was."""
    ready, begun = folder / _READY, []
    if not ready.exists():
        return
    old = ready / _OLD
    old.mkdir(exist_ok=True)
    try:
        for new in sorted(path for path in ready.iterdir() if path != old):
            begun.append(new.name)
            _refuse_folder(folder / new.name)
            with contextlib.suppress(FileNotFoundError):
                os.replace(folder / new.name, old / new.name)
            os.replace(new, folder / new.name)
    except BaseException:  # Ctrl-C too
        for name in begun:
            if not (ready / name).exists():
                os.replace(folder / name, ready / name)
            if (old / name).exists():
                os.replace(old / name, folder / name)
        raise
    shutil.rmtree(ready)


def _refuse_folder(path):
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, f"{path} is a folder")


@contextlib.contextmanager
def _explained(path):
    """Says in an `OSError` what was not written, and what to do."""
    try:
        yield
    except OSError as error:
        # A file of a set was explained already, but by its passing name.
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        folder = path if path.is_dir() else path.parent
        place = Path(cause.filename or folder)
        if folder not in place.parents and place not in (folder, *folder.parents):
            raise  # of another file, from which a set is made
        raise OSError(
            cause.errno,
            f"{path} was not written: {cause.strerror or cause}. Give a folder that "
            "can be written to and has room",
        ) from cause
