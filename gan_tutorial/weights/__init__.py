"""Weights that ship with the package, as plain NumPy archives with checksums.

`make features` trains all of them again from the programs in the repository.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

from gan_tutorial import files

FOLDER = Path(__file__).parent
SUMS = FOLDER / "SHA256SUMS"  # one "checksum  file name" a line, as sha256sum writes


def names() -> list[str]:
    """Names of the weights that are here."""
    return sorted(Path(file).stem for file in _read_sums())


def load(name: str) -> list[np.ndarray]:
    """Weights in the order of `keras.Model.get_weights`, float32.

    Raises:
        ValueError: an unknown name, or a file that is not the one that shipped.
    """
    sums = _read_sums()
    if f"{name}.npz" not in sums:
        raise ValueError(f"There are no weights {name!r}; known: {names()}.")
    path = FOLDER / f"{name}.npz"
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != sums[path.name]:
        raise ValueError(
            f"{path.name} is missing or is not the file that came with this version of "
            "gan_tutorial. Install the package again, or run `make features`."
        )
    # allow_pickle=False: reading the file cannot run code.
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return [arrays[key].astype(np.float32) for key in sorted(arrays.files)]


def save(name: str, arrays) -> None:
    """Stores weights as float16, half the size, and notes their checksum."""
    buffer = io.BytesIO()
    halves = {f"{i:03}": a.astype(np.float16) for i, a in enumerate(arrays)}
    np.savez_compressed(buffer, **halves)
    sums = _read_sums()
    sums[f"{name}.npz"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    lines = [f"{digest}  {file}\n" for file, digest in sorted(sums.items())]
    with files.whole_set(FOLDER) as aside:
        files.write_whole(aside / f"{name}.npz", buffer.getvalue())
        files.write_whole(aside / SUMS.name, "".join(lines).encode())


def _read_sums():
    lines = SUMS.read_text().splitlines() if SUMS.exists() else []
    return {file: digest for digest, file in (line.split() for line in lines)}
