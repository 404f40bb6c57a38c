"""What the HTML of a widget shows, as a browser reads it."""

import base64
import io
import re

import numpy as np
from PIL import Image


def picture(widget):
    """The picture in an HTML widget, as an array."""
    file = base64.b64decode(re.search('base64,([^"]*)"', widget.value)[1])
    return np.asarray(Image.open(io.BytesIO(file)))
