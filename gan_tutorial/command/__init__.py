"""Training on a folder of pictures from the command line: `python -m gan_tutorial`.

    plan      what a run is to do: sizes and lengths, each with its reason
    run       a folder in which a run lives: trains, goes on, draws samples
    report    the page that tells what came out
"""
