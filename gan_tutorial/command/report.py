"""The page that tells what came out of a run: one file that needs no network."""

import base64
from html import escape

import numpy as np

from gan_tutorial import metrics, plotting, recipes

NUM_SHOWN = 10  # pictures in a row
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; color: #1a1a1a; background: #fff; }
img { max-width: 100%; height: auto; }
img.pixels { image-rendering: pixelated; width: 100%; }
table { border-collapse: collapse; } th, td { text-align: left; padding: 0.2rem 1rem; }
pre { background: #f3f3f3; padding: 1rem; overflow-x: auto; }
"""


class Page:
    """A page that is written from top to bottom.

    Args:
        title: of the page.
    """

    def __init__(self, title):
        self.parts = [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
            f"<body><main><h1>{escape(title)}</h1>"
        ]

    def heading(self, text):
        """A heading below the title."""
        self.parts.append(f"<h2>{escape(text)}</h2>")

    def text(self, *sentences):
        """A paragraph."""
        self.parts.append(f"<p>{escape(' '.join(sentences))}</p>")

    def items(self, texts):
        """A list."""
        lines = "".join(f"<li>{escape(text)}</li>" for text in texts)
        self.parts.append(f"<ul>{lines}</ul>")

    def code(self, text):
        """Something to copy."""
        self.parts.append(f'<pre tabindex="0"><code>{escape(text)}</code></pre>')

    def table(self, head, rows):
        """A table; the first column names its rows."""
        self.parts.append("<table><thead><tr>")
        self.parts += [f'<th scope="col">{escape(name)}</th>' for name in head]
        self.parts.append("</tr></thead><tbody>")
        for name, *values in rows:
            cells = "".join(f"<td>{escape(str(value))}</td>" for value in values)
            self.parts.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
        self.parts.append("</tbody></table>")

    def pictures(self, images, columns, alt):
        """A sheet of pictures, uint8 `(n, height, width, channels)`."""
        self.sheet(plotting.image_grid(images, columns), alt)

    def sheet(self, sheet, alt):
        """Pictures that are joined already, uint8 `(height, width, channels)`."""
        self._picture(plotting.encode(sheet), alt, "pixels")

    def figure(self, figure):
        """A matplotlib figure."""
        # Without the version, the same run gives the same page.
        content = plotting.encode(figure, metadata={"Software": None})
        self._picture(content, plotting.describe(figure), "figure")

    def _picture(self, content, alt, kind):
        code = base64.b64encode(content).decode()
        self.parts.append(
            f'<p><img class="{kind}" alt="{escape(alt)}" '
            f'src="data:image/png;base64,{code}"></p>'
        )

    def content(self) -> bytes:
        """The whole page."""
        text = "\n".join([*self.parts, "</main></body></html>\n"])
        return text.encode(errors="replace")  # names of files can be anything


def make(plan, reasons, pictures, gan, stages, distance) -> bytes:
    """The page of a finished run. No times stand in it: the same run, the same page.

    Args:
        plan: the `plan.Plan`.
        reasons: what was chosen and why, one sentence each.
        pictures: the `data.DataSet` of the training.
        gan: the trained `gan.GAN`.
        stages: list of `(step, sheet, distance)`.
        distance: a `metrics.OwnDistance` of these pictures.
    """
    images, names, number = pictures.images, pictures.class_names, distance.num_images
    made = plan.draw(gan, max(1000, number))
    page = Page(f"A GAN for {pictures.name}")
    page.text(
        f"It learned from {len(images):,} pictures, {plan.image_size} x "
        f"{plan.image_size} pixels, in {plan.num_steps:,} steps of {plan.batch_size}."
    )
    page.heading("What was chosen, and why")
    page.items(reasons)

    page.heading("What it makes")
    page.text("The first 40 that came; nothing was chosen.")
    if names:
        page.text(f"The kinds come in turn: {', '.join(names)}.")
    page.pictures(made[:40], NUM_SHOWN, "40 made pictures")
    page.text("For comparison, pictures that it learned from:")
    order = np.random.default_rng(plan.seed).permutation(len(images))
    page.pictures(images[order[:20]], NUM_SHOWN, "20 pictures of the folder")

    page.heading("Stages")
    page.text(
        "Each row shows what the same random numbers gave. The distance says how far "
        f"{number:,} made pictures are from as many of yours, on average: smaller is "
        "better."
    )
    for step, sheet, found in stages:
        page.text(f"After {step:,} steps, distance {_round(found)}:")
        page.sheet(sheet, f"{NUM_SHOWN} made pictures after {step:,} steps")
    page.figure(plotting.plot_losses(gan.history, "Losses"))

    page.text(
        f"An epoch here is a part of the run, {plan.steps_in_part:,} steps. The dotted "
        "lines are the losses at which the discriminator only guesses: near them, the "
        "two networks are well matched. Losses do not say how good the pictures are."
    )

    page.heading("How near it comes to your pictures")
    page.text(
        f"{number:,} of your pictures are compared with, and as many others give the "
        "floor, which is what real pictures get. The plain baseline needs no training: "
        "it draws each pixel as bright as usual, and usual pixels bright together (a "
        "Gaussian)."
    )
    found = distance(made[:number])
    page.table(
        ["pictures", "distance"],
        [
            ["others of yours (floor)", _round(distance.floor)],
            ["made", _round(found)],
            ["plain baseline", _round(distance.baseline)],
        ],
    )

    verdict = "nearer to yours than the plain baseline."
    if found > distance.baseline:
        verdict = "farther from yours than the plain baseline: train longer."
    page.text(f"The made pictures are {verdict}")
    if number < 100:
        page.text(f"But {number:,} pictures are few, and such figures move by chance.")

    page.heading("Copies")
    known, ours = distance.features(images), distance.features(made[:1000])
    nearest, lengths = metrics.nearest_neighbours(known, ours)
    own = metrics.nearest_others(known)
    limit = np.quantile(own[own > 0], 0.01) if own.any() else 0.0
    if not own.all():
        page.text(
            f"{np.sum(own == 0):,} of your pictures are there more than once; they do "
            "not count in what follows."
        )
    if limit:
        page.text(
            f"{np.mean(lengths < limit):.1%} of {len(ours):,} made pictures are "
            "copies: nearer to one of yours than 99 in 100 of yours are to any other. "
            "So by this count 1 % is what chance alone gives."
        )
    else:
        page.text("All of your pictures are there twice: copies cannot be told.")
    page.text(
        "Below are the made pictures that come nearest to one of yours, and under each "
        "that one."
    )
    closest = np.argsort(lengths)[:NUM_SHOWN]
    rows = [made[closest], images[nearest[closest]]]
    page.pictures(
        np.concatenate(rows),
        NUM_SHOWN,
        "The nearest made pictures, and below each yours",
    )

    page.heading("How to use it")
    page.text(
        "More pictures, in the folder of this page, with the same Python as the "
        "training; another --seed gives others:"
    )
    label = f' --label="{names[0]}"' if names else ""
    page.code(f"python -m gan_tutorial sample . --num 100{label}")
    page.text("Or in Python:")
    page.code(_example(names))
    return page.content()


def _round(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _example(names):
    lines = [
        "import numpy as np",
        "from PIL import Image",
        "",
        "from gan_tutorial import data, generators, latent",
        "",
        'generator = generators.load("generator.keras")',
        f"latents = latent.sample_latents(8, {recipes.LATENT_DIM}, seed=1)",
    ]
    given = "latents"
    if names:
        kinds = ", ".join(f"{k}: {name}" for k, name in enumerate(names))
        lines += [f"labels = np.full(8, 0)  # {kinds}"]
        given = "[latents, labels]"
    lines += [f"pictures = data.to_display_range(generator.predict({given}))"]
    lines += ['Image.fromarray(pictures[0].squeeze()).save("new.png")']
    return "\n".join(lines)
