"""Characters and props for a game, drawn by rules: 16 x 16 pixels, colour and opacity.

A sprite begins as one of the plans below; each letter stands for a part, to which
chance gives one of the colours that it may have. It may be one column broader and
one row taller. A line of ink goes around it. All colours stand in `PALETTE`; opacity is
0 or 255, and where it is 0, so is colour.
"""

import numpy as np

from gan_tutorial import checks

SIDE = 16  # pixels
ROLES = ("knight", "mage", "archer", "smith", "farmer", "healer")
PROPS = ("potion", "chest", "lantern")
NAMES = (*ROLES, *PROPS)
COLOURS = {  # by what they may be; those of one list are its tones
    "k": "1a1423",  # ink
    "s": "f9d3b0 d89a6a a5673f 6b3e26",  # skin
    "h": "43394f 5a2f1b b5502a f0d264 b9b6bf",  # hair; the boards of a chest
    "c": "d23b3b 3c6fd6 3fa34d 8e4fc0 f08a2c",  # cloth, and what is like it
    "d": "8f2231 26458f 27693a 5a2d86 a9551a",  # the shade of each cloth
    "m": "dfe6ee ffcf3f",  # metal
    "n": "8493a8 b8832a",  # its shade
    "w": "8a5a3a b98a5e",  # wood
    "o": "ffffff",  # white
}
# t is a trim, of another cloth than c; 1 a beard or skin; 2 an ornament; 3 a feather,
# or nothing.
_PLANS = """\
......33..... ......cc..... .....ccc..... ....hhhhh.... ..........m.m ....hhhhh....
.....3mm...m. .....ccc..tt. ....ccccc.w.. ...hhhhhhh... .....www..m.m ...hhhhhhh...
....mmmmm..m. ....c2ccc.tt. ...cchhhccow. ...hsssssh... ....w222w.mmm ...hh222hh...
....mkskm..m. ..dddddddddw. ...chkskhco.w ....sksks.nnn ..wwwwwwwww.. ...hsksksh...
....h111h..m. ....hkskh..w. ....s111s.o.w ....h111h.nmn ....hkskh..w. ...hs111sh...
...mmcccmm.m. ....h111h..w. 33.dcccccdo.w ...ttc1ctt.w. ....s111s..w. ...hhooohh...
tttmc2c2cmmmm ...cc111cc.w. .3.dcc2ccsssw ..ttcccccttw. ...tctttct.w. ..oooocoooow.
t2tsccccc.sw. ..cccc1cccsw. .w.scccccdo.w ..tdc222cdss. ..ttcccccttw. ..ooocccoostt
ttt.22222..w. ..cdcccccd.w. .w..22222.ow. ..s.ccccc..w. ..t.cc2cc.ss. ..s.oocoo.ttt
.t..ccccc.... ...cc222cc.w. ....ddddd.w.. ....cdddc.... ..s.dcccd..w. ....ooooo.ttt
....dd.dd.... ...cdcccdc.w. ....tt.tt.... ....tt.tt.... ....dd.dd..w. ...doooood...
....mm.mm.... ..ccdcccdccw. ....tt.tt.... ....tt.tt.... ....dd.dd..w. ...doooood...
....nn.nn.... ..ddddddddd.. ....ww.ww.... ....kk.kk.... ....kk.kk.... ...ddddddd...
............. ............. .....nnn.....
.....hhh..... ............. ....n...n....
.....hhh..... ....3333..... ....n...n....
....ttttt.3.. ..ttttttttt.. ...mmmmmmm...
.....ooo.33.. .mhhhhhhhhhm. .3nnnnnnnnn..
....ooooo.... .mhh22222hhm. 33.n22222n...
...o222cco... .mhhhhhhhhhm. ...n2ccc2n...
..occccccco.. .nnnnmmmnnnn. ...nccoccn...
..ocoocccdo.. .mhhhmkmhhhm. ...ncooocn...
..ocoocccdo.. .mhhhmmmhhhm. ...ncdddcn...
..occcccddo.. .mcccccccccm. ..mmmmmmmmm..
...odddddo... .mdddddddddm. ..hhhhhhhhh..
....ooooo.... .nnnnnnnnnnn. ...ttttttt..."""
TONES = {  # uint8, one row of red, green, blue and opacity for each tone
    letter: np.array([[*bytes.fromhex(tone), 255] for tone in tones.split()], np.uint8)
    for letter, tones in COLOURS.items()
}
PALETTE = np.concatenate(list(TONES.values()))[:, :3]
_CLEAR = np.zeros(4, np.uint8)
_LINES = [line.split() for line in _PLANS.splitlines()]
_PLAN_OF = [*zip(*_LINES[:13], strict=True), *zip(*_LINES[13:], strict=True)]


def make(num_images: int, image_size: int = SIDE, seed: int = 0) -> tuple:
    """Draws random sprites, as many of each name, in turn.

    Args:
        num_images: how many; a longer run begins with the sprites of a shorter one.
        image_size: side in pixels: 16, see `design.sheets.enlarge`.
        seed: a whole number, 0 or more.

    Returns:
        images: uint8 ``(num_images, 16, 16, 4)``.
        attributes: int64 ``(num_images,)`` each: ``labels``, an index into `NAMES`;
            ``skin``, ``hair`` and ``cloth``, which tone of `COLOURS` these have; -1 for
            the skin of props.

    Raises:
        ValueError: an argument is not such a number.
    """
    checks.whole_number("num_images", num_images, 1)
    checks.whole_number("image_size", image_size, SIDE, SIDE)
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    labels = np.arange(num_images) % len(NAMES)
    images, tones = zip(*(_paint(label, rng) for label in labels), strict=True)
    named = zip(("skin", "hair", "cloth"), np.array(tones).T, strict=True)
    return np.stack(images), {"labels": labels, **dict(named)}


def find_label(name: str) -> int:
    """The label of a role or a prop; a `ValueError` that names all, if it is none."""
    if name not in NAMES:
        raise ValueError(
            f"There is no sprite {name!r}; expected one of {', '.join(NAMES)}. A "
            "generator draws only what it was trained on."
        )
    return NAMES.index(name)


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """Reads skin, hair and cloth off sprites, int64 ``(n,)`` each, as in `make`.

    It is the tone that most pixels have, in light and shade, and -1 where none has any.
    """
    pixels, found = check_sprites(images).reshape(len(images), -1, 1, 4), {}
    for name, letters in (("skin", "s"), ("hair", "h"), ("cloth", "cd")):
        same = [(pixels == TONES[letter]).all(axis=3) for letter in letters]
        counts = np.sum(same, axis=(0, 2))
        found[name] = np.where(counts.any(axis=1), counts.argmax(axis=1), -1)
    return found


def check_sprites(images) -> np.ndarray:
    """The same images; a `ValueError` where there are none, or none with opacity."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 4:
        raise ValueError(
            f"The sprites are {images.dtype} of shape {images.shape}; expected uint8 "
            "(n, height, width, 4): red, green, blue and opacity."
        )
    if not images.size:
        raise ValueError(f"The sprites have shape {images.shape}; expected 1 or more.")
    return images


def _paint(label, rng):
    """One sprite, and the tones of its skin, hair and cloth."""
    tone = {letter: rng.integers(len(tones)) for letter, tones in TONES.items()}
    tone["c"], trim = rng.choice(len(TONES["c"]), 2, replace=False)
    tone |= {"d": tone["c"], "n": tone["m"]}  # shades of the same
    part = {letter: tones[tone[letter]] for letter, tones in TONES.items()}
    part |= {".": _CLEAR, "t": TONES["c"][trim]}
    part["1"] = rng.choice([part["h"], part["s"]])
    part["2"] = rng.choice([part["m"], part["o"], part["d"]])
    part["3"] = rng.choice([part["t"], _CLEAR])
    cells = np.array([[part[letter] for letter in line] for line in _PLAN_OF[label]])
    if rng.integers(2):  # broader, by its middle column
        cells = np.insert(cells, 6, cells[:, 6], axis=1)
    if rng.integers(2):  # taller, by a row above the legs
        cells = np.insert(cells, 9, cells[9], axis=0)
    image = np.zeros((SIDE, SIDE, 4), np.uint8)
    image[SIDE - 1 - len(cells) : SIDE - 1, 1 : 1 + cells.shape[1]] = cells
    solid = np.pad(image[..., 3] > 0, 1)
    beside = solid[2:, 1:-1] | solid[:-2, 1:-1] | solid[1:-1, 2:] | solid[1:-1, :-2]
    image[beside & ~solid[1:-1, 1:-1]] = part["k"]
    skin = tone["s"] if label < len(ROLES) else -1
    return image, (skin, tone["h"], tone["c"])
