"""Widgets to play with. A new one closes the one of its kind that was there before."""

import functools

import ipywidgets

from gan_tutorial import losses

LOSSES = {  # what the menus say
    "non-saturating": losses.NON_SATURATING,
    "minimax": losses.MINIMAX,
    "least squares": losses.LEAST_SQUARES,
    "hinge": losses.HINGE,
    "Wasserstein": losses.WASSERSTEIN,
}
_shown = {}  # by name: the widget that was built last, and what stops it


def one_at_a_time(method):
    """For methods of a widget with one state, and a `_lock` that guards it.

    JupyterLab may call from several threads.
    """

    @functools.wraps(method)
    def locked(self, *args, **kwargs):
        with self._lock:
            return method(self, *args, **kwargs)

    return locked


def replace_previous(name, widget, stop=None) -> None:
    """Closes the widget that was built before under this name, with all its parts.

    A notebook keeps every widget that is open, and what it refers to. So a cell that is
    run again would need more memory each time.

    Args:
        name: of the kind of widget, such as "playground".
        widget: the new one.
        stop: function that stops the new one; called before it is closed.
    """
    previous, stop_previous = _shown.get(name, (None, None))
    _shown[name] = widget, stop
    if stop_previous is not None:
        stop_previous()
    if previous is not None:
        _close(previous)


def _close(widget):
    parts = [getattr(widget, key) for key in widget.keys]
    widget.close()
    for part in parts:
        for child in part if isinstance(part, list | tuple) else [part]:
            if isinstance(child, ipywidgets.Widget):
                _close(child)
