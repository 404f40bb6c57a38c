"""Widgets to play with. Each has a `.widget` to show, and gives still pictures, too."""

import functools


def one_at_a_time(method):
    """For methods of a widget with one state, and a `_lock` that guards it.

    JupyterLab may call from several threads.
    """

    @functools.wraps(method)
    def locked(self, *args, **kwargs):
        with self._lock:
            return method(self, *args, **kwargs)

    return locked
