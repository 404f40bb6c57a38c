"""Sprites: their rules pixel by pixel, what is read off them, bad inputs."""

import numpy as np
import pytest

from gan_tutorial.synthetic import sprites
from gan_tutorial.synthetic.sprites import NAMES, PALETTE, PROPS, ROLES

IMAGES, FACTS = sprites.make(450, seed=3)


def hexes(letter):
    return {bytes.fromhex(tone) for tone in sprites.COLOURS[letter].split()}


def seen(image):
    """The colours of the opaque pixels."""
    return {bytes(pixel[:3]) for pixel in image.reshape(-1, 4) if pixel[3]}


def test_colours_stand_in_the_palette_and_opacity_is_all_or_nothing():
    assert IMAGES.shape == (450, 16, 16, 4) and IMAGES.dtype == np.uint8
    known = {bytes(colour) for colour in PALETTE}
    assert len(known) == len(PALETTE) == 27
    assert set().union(*map(seen, IMAGES)) == known  # and each of them is used
    assert set(np.unique(IMAGES[..., 3])) == {0, 255}
    assert not IMAGES[IMAGES[..., 3] == 0].any()


def test_a_line_of_ink_separates_each_sprite_from_the_clear_ground():
    ink = bytes.fromhex(sprites.COLOURS["k"])
    for image in IMAGES[:90]:
        for row, column in np.argwhere(image[..., 3] == 255):
            if bytes(image[row, column, :3]) != ink:
                for i, j in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                    assert image[row + i, column + j, 3] == 255
    assert (IMAGES[:, -1, :, 3] > 0).any(axis=1).all()  # feet, and ink below them
    assert {np.flatnonzero(image[..., 3].any(axis=1))[0] for image in IMAGES} >= {0, 1}


# A potion with its tag, neither broad nor tall, with its ink, by hand.
BY_HAND = """
................
................
......kkk.......
.....khhhk......
.....khhhk.k....
....ktttttktk...
.....koookttk...
....koooookk....
...ko222ccok....
..kocccccccok...
..kocoocccdok...
..kocoocccdok...
..kocccccddok...
...kodddddok....
....koooook.....
.....kkkkk......
"""


def is_by_hand(image):
    """Whether all pixels of one letter have one colour, that the letter may have."""
    letters = np.array([list(line) for line in BY_HAND.split()])
    for letter in set(BY_HAND) - {"\n"}:
        colours = {bytes(pixel) for pixel in image[letters == letter]}
        tones = hexes({"t": "c"}.get(letter, letter)) if letter in "khtcdo" else None
        if letter == ".":
            tones = {bytes(3)}
        if len(colours) != 1 or (tones and {c[:3] for c in colours} - tones):
            return False
        if {c[3] for c in colours} != {0 if letter == "." else 255}:
            return False
    return True


def test_a_potion_drawn_by_hand():
    potions = IMAGES[FACTS["labels"] == NAMES.index("potion")]
    found = [image for image in potions if is_by_hand(image)]
    assert 1 <= len(found) <= 15  # about one in eight
    t, c = (bytes(found[0][row, column, :3]) for row, column in ((5, 5), (9, 5)))
    assert t != c


def test_names_come_in_turn_and_a_seed_repeats_them():
    np.testing.assert_array_equal(FACTS["labels"][:10], [*range(9), 0])
    short, _ = sprites.make(7, seed=3)
    np.testing.assert_array_equal(short, IMAGES[:7])
    other, _ = sprites.make(7, seed=4)
    assert (short != other).any(axis=(1, 2, 3)).all()
    names = [sprites.find_label(name) for name in (*ROLES, *PROPS)]
    assert names == list(range(9))


def test_tones_are_read_back():
    found = sprites.measure(IMAGES)
    for name in ("skin", "hair", "cloth"):
        assert FACTS[name].dtype == found[name].dtype == np.int64
        np.testing.assert_array_equal(found[name], FACTS[name])
    assert ((FACTS["skin"] == -1) == (FACTS["labels"] >= 6)).all()
    for name, letter in (
        ("skin", "s"),
        ("hair", "h"),
        ("cloth", "d"),
    ):  # no trim has a shade
        tones = sprites.COLOURS[letter].split()
        for image, tone in zip(IMAGES, FACTS[name], strict=True):
            others = hexes(letter) & seen(image)
            assert others == ({bytes.fromhex(tones[tone])} if tone >= 0 else set())
    nothing = sprites.measure(np.zeros((2, 16, 16, 4), np.uint8))
    assert {name: tones.tolist() for name, tones in nothing.items()} == {
        "skin": [-1, -1],
        "hair": [-1, -1],
        "cloth": [-1, -1],
    }


def test_most_pixels_decide():
    image = np.zeros((1, 1, 5, 4), np.uint8)
    for k, tone in enumerate((2, 0, 2, 3, 3)):
        image[0, 0, k] = sprites.TONES["s"][tone]
    image[0, 0, 4, 3] = 254  # not quite that colour
    assert sprites.measure(image)["skin"].tolist() == [2]
    for k, (letter, tone) in enumerate(
        [("c", 1), ("d", 4), ("c", 4), ("c", 1), ("d", 4)]
    ):
        image[0, 0, k] = sprites.TONES[letter][tone]
    assert sprites.measure(image)["cloth"].tolist() == [4]


def test_sprites_vary():
    # The trim is of another cloth.
    assert all(len(hexes("c") & seen(image)) == 2 for image in IMAGES)
    for label in range(9):
        some = IMAGES[FACTS["labels"] == label]
        assert len(np.unique(some.reshape(50, -1), axis=0)) >= 45
        widths = [np.flatnonzero(one[..., 3].any(axis=0))[-1] for one in some]
        tops = [np.flatnonzero(one[..., 3].any(axis=1))[0] for one in some]
        assert max(widths) > min(widths) and max(tops) > min(tops)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sprites.make(0), "num_images is 0"),
        (lambda: sprites.make(1, 32), "image_size is 32; expected a whole number, 16"),
        (lambda: sprites.make(1, seed=-1), "seed is -1"),
        (
            lambda: sprites.find_label("dragon"),
            "'dragon'; expected one of knight",
        ),
        (lambda: sprites.measure(np.zeros((1, 16, 16, 3), np.uint8)), "opacity"),
        (lambda: sprites.measure(np.zeros((16, 16, 4), np.uint8)), "of shape"),
        (lambda: sprites.measure(np.zeros((1, 16, 16, 4))), "are float64"),
        (lambda: sprites.measure(np.zeros((0, 16, 16, 4), np.uint8)), "expected 1 or"),
    ],
)
def test_what_cannot_be_drawn_or_measured_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
