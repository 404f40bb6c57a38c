"""The chart of who gives what to whom in one iteration of a GAN."""

from gan_tutorial import plotting

# From, to. Real and fake images go to one and the same discriminator. Each loss moves
# one player; the generator's loss reaches it through the discriminator.
EDGES = (
    ("latents", "generator G"),
    ("generator G", "fake images"),
    ("fake images", "discriminator D"),
    ("real images", "discriminator D"),
    ("discriminator D", "verdict on real"),
    ("discriminator D", "verdict on fake"),
    ("verdict on real", "loss of D"),
    ("verdict on fake", "loss of D"),
    ("loss of D", "update of D"),
    ("verdict on fake", "loss of G"),
    ("loss of G", "back through D"),
    ("back through D", "update of G"),
)
_PLACES = {  # column and row of each box, from the top left
    "latents": (0, 2),
    "generator G": (1, 2),
    "fake images": (2, 2),
    "real images": (2, 0),
    "discriminator D": (3, 1),
    "verdict on real": (4, 0),
    "verdict on fake": (4, 2),
    "loss of D": (5, 0),
    "update of D": (6, 0),
    "loss of G": (5, 2),
    "back through D": (6, 2),
    "update of G": (7, 2),
}
_COLORS = {"D": "#CFE3F1", "G": "#F9DCCB"}  # of a player and what belongs to it


def plot_chart():
    """The chart as a figure: a box for each name in `EDGES`, an arrow for each edge."""
    figure, axes = plotting.new_figure(11, 3.2)
    arrows = "; ".join(f"{start} to {end}" for start, end in EDGES)
    figure.description = f"Boxes and arrows: {arrows}"
    axis = axes[0, 0]
    axis.set_position((0, 0, 1, 1))
    axis.set(xlim=(-0.6, 7.6), ylim=(2.6, -0.6))
    axis.axis("off")
    boxes = {}
    for name, place in _PLACES.items():
        boxes[name] = axis.text(
            *place,
            name.replace(" ", "\n", 1),
            ha="center",
            va="center",
            fontsize=12,
            linespacing=1.3,
            bbox={
                "boxstyle": "round,pad=0.5",
                "facecolor": _COLORS.get(name[-1], "#F2F2F2"),
                "edgecolor": "0.4",
            },
        )
    for start, end in EDGES:
        axis.annotate(
            "",
            xy=_PLACES[end],
            xytext=_PLACES[start],
            arrowprops={
                "arrowstyle": "-|>",
                "color": "0.25",
                "lw": 1.4,
                "patchA": boxes[start].get_bbox_patch(),
                "patchB": boxes[end].get_bbox_patch(),
            },
        )
    return figure
