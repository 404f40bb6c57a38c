"""Judges of what learners have built, trained or mended: a module a lesson.

A judge has the name of its exercise. It takes the answer and says what is wrong with
it, or gives `None` for a right one.
"""
