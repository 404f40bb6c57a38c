"""A real JupyterLab, started as `make lab` does, and a real Chromium."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Chromium as root has no sandbox; without the others it looks up hosts of its maker.
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync""".split()
PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
# Writes down every dialog and every pop-up message that JupyterLab shows.
WATCH_DIALOGS = """
window.asked = new Set();
new MutationObserver(() => {
  for (const node of document.querySelectorAll('.jp-Dialog, .Toastify__toast'))
    window.asked.add(node.textContent);
}).observe(document, {childList: true, subtree: true});
"""


def find_browser() -> str | None:
    """The Chromium or Chrome of this machine; CHROMIUM names another one."""
    names = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else BROWSERS
    return next(filter(None, map(shutil.which, names)), None)


def pytest_terminal_summary(terminalreporter):
    """Says in one line when the browser tests were skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any("browser" in report.keywords for report in skipped):
        terminalreporter.write_line(
            f"browser: NOT RUN (needs make, and one of {', '.join(BROWSERS)}; "
            "CHROMIUM=/path/to/it names another one)"
        )


@pytest.fixture(scope="session")
def chromium():
    """The browser, without a window."""
    path = find_browser()
    if path is None or shutil.which("make") is None:
        pytest.skip("no make, or no Chromium or Chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """An empty page; `page.requested` gathers the addresses that it asks for."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH_DIALOGS)
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url))
    yield page
    page.close()


class Lab:
    """A JupyterLab on the copies that `make lab` makes for a learner, without network.

    Attributes:
        notebooks: the folder of the copies, whose lessons have no outputs.
        address: where the first lesson opens.
    """

    def __init__(self, folder: Path):
        """Starts `make lab` and waits until it answers."""
        self.notebooks = folder / "course" / "work"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.server = f"http://127.0.0.1:{port}"
        self.address = (
            f"{self.server}/lab/tree/work/00_start_here.ipynb?token={self.token}"
        )
        flags = f"--no-browser --port={port} --ServerApp.port_retries=0"
        flags += f" --IdentityProvider.token={self.token}"
        # The settings of whoever runs the test must not count.
        settings = folder / "settings"
        own = {"JUPYTER_CONFIG_DIR": settings, "IPYTHONDIR": folder / "ipython"}
        own["JUPYTER_DATA_DIR"] = folder / "data"
        # No kept data and no network: what most learners cannot be promised.
        own["KERAS_HOME"] = folder / "keras"
        own |= dict.fromkeys(PROXIES, "http://127.0.0.1:9")  # nobody answers there
        own["NO_PROXY"] = own["no_proxy"] = "127.0.0.1,localhost"
        # The test saves the notebook itself. Where JupyterLab saves at the same moment,
        # it asks which of the two to keep.
        saving = settings / "lab/user-settings/@jupyterlab/docmanager-extension"
        saving.mkdir(parents=True)
        (saving / "plugin.jupyterlab-settings").write_text('{"autosave": false}')

        env = os.environ | {name: str(path) for name, path in own.items()}
        env.pop("TF_CPP_MIN_LOG_LEVEL", None)  # as a learner starts it

        self.log = folder / "lab.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["make", "lab", f"LAB_ROOT={folder / 'course'}", f"LAB_FLAGS={flags}"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 600  # it is never so slow
        while True:
            with contextlib.suppress(OSError):
                self.get("api/status")
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"`make lab` does not answer:\n{self.log.read_text()}")
            time.sleep(0.2)

    def get(self, path: str):
        """What the server's interface answers."""
        request = urllib.request.Request(f"{self.server}/{path}")
        request.add_header("Authorization", f"token {self.token}")
        # No proxy: the server is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)

    def kernel_peak_memory(self) -> int:
        """The most memory that the only kernel has used so far, in bytes."""
        (kernel,) = self.get("api/kernels")
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if kernel["id"] in command.read_text():
                    status = command.with_name("status").read_text()
                    return 1024 * int(status.split("VmHWM:")[1].split()[0])
        raise LookupError(f"no process runs the kernel {kernel['id']}")

    def stop(self) -> None:
        """Ends the server, which ends its kernels, and waits until all is gone."""
        for ending in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, ending)
                deadline = time.monotonic() + 15
                while time.monotonic() < deadline:
                    self.process.poll()
                    os.killpg(self.process.pid, 0)  # raises when nobody is left
                    time.sleep(0.1)


@pytest.fixture
def lab(tmp_path):
    """A running JupyterLab."""
    server = Lab(tmp_path)
    yield server
    server.stop()
