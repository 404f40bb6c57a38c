"""Widgets to play with. A new one closes the one of its kind that was there before."""

import functools

import ipywidgets

from gan_tutorial import losses

# For screens of any width: a row that is too wide goes on below, a name is as wide as
# it must be, and a control as wide as its column.
WRAPPED = {"flex_flow": "row wrap"}
NAMED = {"style": {"description_width": "initial"}}
CONTROL = NAMED | {"layout": {"width": "auto"}}

LOSSES = {  # what the menus say
    "non-saturating": losses.NON_SATURATING,
    "minimax": losses.MINIMAX,
    "least squares": losses.LEAST_SQUARES,
    "hinge": losses.HINGE,
    "Wasserstein": losses.WASSERSTEIN,
}
STILL = (  # at most 110 characters: ipywidgets cuts what is longer
    "Where this lesson runs, controls stand here. The still picture near this cell "
    "needs none."
)
_shown = {}  # by name: the widget that was built last, and what stops it


class Panel(ipywidgets.VBox):
    """A whole widget, which says in words what is missing where it cannot be shown."""

    def __repr__(self):
        """The text of the stored cell, which GitHub, the HTML and the print show."""
        return STILL


def one_at_a_time(method):
    """For methods of a widget with one state, and a `_lock` that guards it.

    JupyterLab may call from several threads.
    """

    @functools.wraps(method)
    def locked(self, *args, **kwargs):
        with self._lock:
            return method(self, *args, **kwargs)

    return locked


def columns(width: int, max_width: int) -> dict[str, str]:
    """The layout of a `GridBox` with as many columns as there is room for.

    Args:
        width: in pixels, the least of a column, where there is so much.
        max_width: in pixels, the most of all columns.
    """
    column = f"minmax(min({width}px, 100%), 1fr)"
    template = f"repeat(auto-fill, {column})"
    return {"grid_template_columns": template, "max_width": f"{max_width}px"}


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
