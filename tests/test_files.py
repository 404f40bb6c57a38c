"""Files that are whole or not there, alone and as a set, whatever happens."""

import errno
import io
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gan_tutorial import files

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends signals")

NAMES = ("a.json", "b.svg", "c.keras")


def write_set(folder, letter, names=NAMES):
    with files.whole_set(folder) as aside:
        for name in names:
            files.write_whole(aside / name, letter * 1000)


def contents(folder):
    """What lies in a folder, also what is hidden."""
    paths = Path(folder).iterdir()
    return {path.name: path.is_file() and path.read_bytes() for path in paths}


def run(code, *arguments, **settings):
    """Python in a process of its own, with what stands above."""
    start = f"import sys, time; sys.path.insert(0, {os.path.dirname(__file__)!r})"
    command = [sys.executable, "-c", f"{start}\nfrom test_files import *\n{code}"]
    return subprocess.Popen([*command, *map(str, arguments)], text=True, **settings)


class Failing:
    """A renaming of `os` that counts all calls, and fails in the one of a number."""

    calls = 0

    def __init__(self, name, number, fail):
        self.function, self.number, self.fail = getattr(os, name), number, fail

    def __call__(self, *arguments):
        Failing.calls += 1
        if Failing.calls == self.number:
            self.fail()
        self.function(*arguments)


@pytest.fixture
def folder(tmp_path):
    """A folder with a set and a file of the learner's own."""
    write_set(tmp_path, b"1")
    (tmp_path / "mine.txt").write_bytes(b"mine")
    return tmp_path


OLD = dict.fromkeys(NAMES, b"1" * 1000) | {"mine.txt": b"mine"}
NEW = dict.fromkeys(NAMES, b"2" * 1000) | {"mine.txt": b"mine"}


def test_a_set_replaces_a_set_and_nothing_else(folder):
    assert contents(folder) == OLD
    write_set(folder, b"2")
    assert contents(folder) == NEW


@pytest.mark.parametrize(
    "error", [OSError(errno.EACCES, "Locked"), KeyboardInterrupt()]
)
def test_a_set_that_fails_at_any_step_changes_nothing(folder, monkeypatch, error):
    """Each renaming fails once; the other ones work, also those that undo it."""

    def fail():
        raise error

    for number in range(1, 100):
        monkeypatch.setattr(Failing, "calls", 0)
        with monkeypatch.context() as patches:
            for name in ("replace", "rename"):
                patches.setattr(os, name, Failing(name, number, fail))
            try:
                write_set(folder, b"2")
            except (OSError, KeyboardInterrupt) as found:
                if isinstance(found, OSError):
                    assert f"{folder} was not written: Locked. Give" in str(found)
                assert contents(folder) == OLD
            else:
                break
    assert number == 3 + 1 + 2 * 3 + 1  # three drafts, the set, each file's old and new
    assert contents(folder) == NEW


KILLED = """
for name in ("replace", "rename"):
    kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
    setattr(os, name, Failing(name, int(sys.argv[2]), kill))
write_set(sys.argv[1], b"2")
"""


def test_a_set_names_what_failed_and_not_its_folder(folder, tmp_path):
    missing = tmp_path.parent / "elsewhere" / "source.png"
    with pytest.raises(FileNotFoundError) as caught, files.whole_set(folder):
        missing.read_bytes()
    assert caught.value.filename == str(missing)


def test_a_set_is_whole_after_a_kill_at_any_step(folder):
    ends = []
    for number in range(1, 12):
        process = run(KILLED, folder, number)
        if process.wait() == 0:
            break
        assert process.returncode == -signal.SIGKILL
        for name in (*NAMES, "mine.txt"):  # nothing that is read is half-written
            assert files.read(folder / name) in (OLD[name], NEW[name])
        found = {k: v for k, v in contents(folder).items() if not k.startswith(".")}
        assert found in (OLD, NEW)
        ends.append(found == NEW)
        write_set(folder, b"1")  # which removes what the killed process left
        assert contents(folder) == OLD
    # From the moment at which the set is ready, it is the new one.
    assert ends == [False] * 4 + [True] * 6 and contents(folder) == NEW


def test_a_folder_of_the_learner_in_the_way_stays(folder):
    (folder / "c.keras").unlink()
    (folder / "c.keras").mkdir()
    (folder / "c.keras" / "mine").touch()
    with pytest.raises(OSError, match="c.keras is a folder"):
        write_set(folder, b"2")
    assert (folder / "c.keras" / "mine").exists()
    assert (folder / "a.json").read_bytes() == OLD["a.json"]
    assert len(list(folder.iterdir())) == 4


def test_two_processes_never_mix_their_sets(tmp_path):
    code = "for _ in range(25): write_set(sys.argv[1], sys.argv[2].encode())"
    writers = [run(code, tmp_path, letter) for letter in "12"]
    while any(writer.poll() is None for writer in writers):
        with files._locked(tmp_path, alone=True):
            found = {v for k, v in contents(tmp_path).items() if k in NAMES}
        assert len(found) < 2
    assert [writer.wait() for writer in writers] == [0, 0]
    assert set(contents(tmp_path)) == set(NAMES)


def test_two_processes_write_one_path_and_each_succeeds(tmp_path):
    code = "for _ in range(25): files.write_whole(sys.argv[1], sys.argv[2].encode())"
    writers = [run(code, tmp_path / "a", letter) for letter in "12"]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert contents(tmp_path) in ({"a": b"1"}, {"a": b"2"})


def test_drafts_of_killed_processes_go_and_others_stay(tmp_path):
    code = """
with files._draft(Path(sys.argv[1]), b"2"):
    print("there", flush=True)
    time.sleep(600)
"""
    writers = [run(code, tmp_path / "a", stdout=subprocess.PIPE) for _ in range(2)]
    for writer in writers:
        writer.stdout.readline()
    files.write_whole(tmp_path / "a", b"1")
    assert len(contents(tmp_path)) == 3  # both are still being written
    for writer in writers:
        writer.kill()
        writer.communicate()
    (tmp_path / ".mine.tmp").touch()
    files.write_whole(tmp_path / "b", b"1")
    assert contents(tmp_path) == {"a": b"1", "b": b"1", ".mine.tmp": b""}


def test_a_disk_that_is_full_leaves_the_old_file(folder):
    """The system refuses to let a file grow; drafts of both kinds fail there."""
    code = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
for write in (lambda: files.write_whole(sys.argv[1] + "/a.json", b"3" * 3000),
              lambda: write_set(sys.argv[1], b"3" * 3)):
    try:
        write()
    except OSError as error:
        print(error)
"""
    said, _ = run(code, folder, stdout=subprocess.PIPE).communicate()
    assert said.count("was not written: File too large. Give a folder") == 2
    assert contents(folder) == OLD


def test_a_place_is_tried_without_a_trace(folder):
    files.check_place(folder / "a.json", b"3")
    files.check_place(folder / "new", b"3")
    assert contents(folder) == OLD


def test_what_is_no_file_is_refused_by_name(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "long").write_bytes(b"123")
    with pytest.raises(FileNotFoundError, match="no such file.*none"):
        files.read(tmp_path / "none")
    for name, found in {"empty": "has 0 bytes", ".": "is a folder"}.items():
        with pytest.raises(ValueError, match=f"{found}.*expected a file of 1 to"):
            files.read(tmp_path / name)
    with pytest.raises(ValueError, match="long has 3 bytes; .* 1 to 2 bytes"):
        files.read(tmp_path / "long", most=2)
    assert files.read(tmp_path / "long", most=3) == b"123"


@pytest.mark.parametrize(
    "name", ["../zz", "/abs", "", "a/b", "a\\b", "C:x", "..", "a.png", "a\0", 7, None]
)
def test_a_name_that_files_cannot_have_is_refused(name):
    files.check_name("a yard 2")
    with pytest.raises(ValueError, match="expected a file name without") as caught:
        files.check_name(name)
    assert str(caught.value) == (
        f"The name is {name!r}; expected a file name without folders or ending."
    )


def archive(members, **settings):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **settings) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return buffer.getvalue()


def array(values, shape=None):
    """An array as NumPy writes it; its header may claim another shape."""
    buffer = io.BytesIO()
    header = {"descr": values.dtype.str, "fortran_order": False}
    np.lib.format.write_array_header_1_0(
        buffer, header | {"shape": values.shape if shape is None else shape}
    )
    return buffer.getvalue() + values.tobytes()


def test_archives_are_measured_before_they_are_read(monkeypatch):
    good = archive({"a.npy": array(np.arange(3.0)), "b.npy": array(np.array(7))})
    found = files.read_arrays(good)
    assert found["a"].tolist() == [0, 1, 2] and found["b"] == 7 and len(found) == 2
    bomb = archive({"a": b"0" * 10**7}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 10**5
    for content, message in {
        bomb: "claims to hold more than it has",
        good[:-9]: "no whole ZIP archive",
        b"not one": "no whole ZIP archive",
        good.replace(array(np.array(7))[-8:], b"\0" * 8): "no whole ZIP archive",  # CRC
    }.items():
        with pytest.raises(ValueError, match=message):
            files.unzip(content)
    reached = []  # what would take memory
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_, **__: reached.append(1))
    claims = [(10**9,), (2,), (-3, 1), (4, 10**18, 10**18), ()]
    for wrong in [array(np.arange(3.0), shape) for shape in claims] + [
        b"",
        b"\x93NUMPY",
    ]:
        with pytest.raises(ValueError, match="a.npy in it is no array"):
            files.read_arrays(archive({"a.npy": wrong}))
    assert not reached
