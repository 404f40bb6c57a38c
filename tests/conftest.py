"""What all tests share: quiet TensorFlow, no windows, and which tests may skip."""

import os
from pathlib import Path

# Before TensorFlow and Keras start, because both read these only once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

import matplotlib
import pytest

matplotlib.use("agg")

KERAS_HOME = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def pytest_collection_modifyitems(items):
    """Skips the tests on real images where there are none."""
    if (KERAS_HOME / "datasets/fashion-mnist/train-images-idx3-ubyte.gz").exists():
        return
    skip = pytest.mark.skip(reason="no Fashion-MNIST in Keras's cache (KERAS_HOME)")
    for item in items:
        if item.get_closest_marker("real_data"):
            item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Fails a skipped test whose marker stands in REQUIRED_TESTS, as in .ci/run."""
    report = yield
    required = os.environ.get("REQUIRED_TESTS", "").split()
    if report.skipped and any(map(item.get_closest_marker, required)):
        report.outcome = "failed"
        report.longrepr = f"must run here, but was skipped: {report.longrepr[-1]}"
    return report
