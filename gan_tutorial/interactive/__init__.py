"""Widgets to play with. Each has a `.widget` to show, and gives still pictures, too."""
