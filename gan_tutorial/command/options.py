"""What can be typed: `python -m gan_tutorial train FOLDER`, then `sample RUN`."""

import argparse
import os
import sys

from gan_tutorial import environment


def main(arguments=None) -> int:
    """Does what the command line asks for; returns the status for the shell."""
    parser = argparse.ArgumentParser(
        prog="python -m gan_tutorial",
        description="Trains a small neural network (a GAN) on a folder of your "
        "pictures, until it draws new ones that look alike.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train",
        help="learn from a folder of pictures",
        description="Learns from the pictures in FOLDER. If it is stopped, by Ctrl-C "
        "or otherwise, the same command goes on where it was. All options can be left "
        "out.",
    )
    train.add_argument(
        "folder",
        metavar="FOLDER",
        help="with your pictures, better hundreds; if all lie in two or more "
        "subfolders, each is one kind of product, and you can ask for it later",
    )
    train.add_argument(
        "--out",
        metavar="RUN",
        help="folder for all that is made (here, with FOLDER's name and -gan); a run "
        "that was begun in it stays as it was begun",
    )
    length = train.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="about how long it may train (5)")
    length.add_argument(
        "--steps",
        type=int,
        help="how many steps it trains, in place of minutes: the same number and the "
        "same seed give the same result again on the same machine",
    )
    train.add_argument(
        "--size",
        type=int,
        help="side of the pictures in pixels, a multiple of 4 from 16 to 128; of each "
        "only the square in the middle is used, on white where it is transparent "
        "(64, or less where yours are smaller); twice the side takes about four times "
        "as long",
    )
    train.add_argument(
        "--channels",
        type=int,
        choices=(1, 3),
        help="1 for grey pictures, 3 for colour (as yours are)",
    )
    train.add_argument(
        "--seed", type=int, help="a whole number; another one gives other pictures (0)"
    )
    train.add_argument(
        "--devices",
        type=int,
        help="processors or graphics cards that share the work (1); see "
        "docs/many-machines.md",
    )
    sample = commands.add_parser(
        "sample",
        help="draw pictures with what has learned",
        description="Writes new pictures as PNG files.",
    )
    sample.add_argument("run", metavar="RUN", help="folder that `train` made")
    sample.add_argument("--num", type=int, default=16, help="how many (16)")
    sample.add_argument("--label", metavar="NAME", help="only this kind of product")
    sample.add_argument(
        "--out", metavar="FOLDER", help="where to put them (RUN/samples)"
    )
    sample.add_argument(
        "--seed", type=int, default=0, help="another number, other pictures (0)"
    )
    options = vars(parser.parse_args(arguments))
    for stream in (sys.stdout, sys.stderr):  # it may not know all names of files
        stream.reconfigure(errors="backslashreplace")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with environment.quietly():
            from gan_tutorial.command import run

        getattr(run, options.pop("command"))(**options)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on after the last step it told of.")
        return 130
    except (ValueError, OSError, FloatingPointError, RuntimeError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0
