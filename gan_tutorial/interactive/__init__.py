"""Widgets to play with. Each has a `.widget` to show and a `.figure()` of its state."""
