"""`python -m gan_tutorial train FOLDER`; see `command`."""

import sys

from gan_tutorial.command.options import main

if __name__ == "__main__":
    sys.exit(main())
