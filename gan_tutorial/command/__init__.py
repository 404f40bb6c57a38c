"""Training on a folder of pictures from the command line: `python -m gan_tutorial`.

`options` are what can be typed, `plan` says what a run is to do and why, `run` does it
in a folder of its own, and `report` tells what came out.
"""
