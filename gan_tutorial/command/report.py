"""The page that tells what came out of a run: one file that needs no network."""

import base64
import io
from html import escape

import numpy as np
from PIL import Image

from gan_tutorial import data, files, metrics, plotting

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
        file = io.BytesIO()
        sheet = plotting.image_grid(images, columns)
        Image.fromarray(sheet.squeeze()).save(file, "PNG")
        self._picture(file, alt, "pixels")

    def figure(self, figure):
        """A matplotlib figure."""
        file = io.BytesIO()
        # Without the date and the version, the same run gives the same page.
        figure.savefig(file, format="png", metadata={"Software": None})
        self._picture(file, plotting.describe(figure), "figure")

    def _picture(self, file, alt, kind):
        code = base64.b64encode(file.getvalue()).decode()
        self.parts.append(
            f'<p><img class="{kind}" alt="{escape(alt)}" '
            f'src="data:image/png;base64,{code}"></p>'
        )

    def content(self) -> bytes:
        """The whole page."""
        return "\n".join([*self.parts, "</main></body></html>\n"]).encode()


def write(path, plan, reasons, pictures, gan, stages, distance) -> None:
    """Writes the page of a finished run.

    The same run gives the same bytes: no times stand in it.

    Args:
        path: of the file.
        plan: the `plan.Plan`.
        reasons: what was chosen and why, one sentence each.
        pictures: the `data.DataSet` of the training.
        gan: the trained `gan.GAN`.
        stages: list of `(step, images, distance)`.
        distance: function from made pictures to a number, with `features`.
    """
    images, names = pictures.images, pictures.class_names
    number = 1000
    made = gan.generate(number, seed=plan.seed, **plan.labels(number))
    page = Page(f"A GAN for {pictures.name}")
    page.text(
        f"It learned from {len(images):,} pictures, {plan.image_size} x "
        f"{plan.image_size} pixels, in {plan.num_steps:,} steps of {plan.batch_size}."
    )
    page.heading("What was chosen, and why")
    page.items(reasons)

    page.heading("What it makes")
    kinds = f" The kinds stand in turn: {', '.join(names)}." if names else ""
    page.text("Not chosen: the first that came." + kinds)
    columns = 10 if not names else max(10 // len(names), 1) * len(names)
    columns = min(columns, 20)
    page.pictures(made[: 4 * columns], columns, "Made pictures")
    page.text("For comparison, pictures that it learned from:")
    page.pictures(images[: 2 * columns], columns, "Pictures of the folder")

    page.heading("Stages")
    page.text(
        "Each row shows the same random numbers. The distance says how far 1,000 made "
        "pictures are from yours, on average: smaller is better."
    )
    page.table(
        ["step", "distance"], [[f"{step:,}", f"{d:.3g}"] for step, _, d in stages]
    )
    shown = np.concatenate([row for _, row, _ in stages])
    page.pictures(shown, len(stages[0][1]), "Made pictures, a row for each stage")
    page.figure(plotting.plot_losses(gan.history, "Losses: who is ahead, not how good"))

    page.heading("How near to your pictures")
    half = np.random.default_rng(plan.seed).permutation(len(images))
    real = images[half[: len(images) // 2]]
    page.text(
        "The floor is the distance of one half of your pictures from all; it is low "
        "because they are among them. The plain baseline draws each pixel as bright as "
        "usual, and the usual pixels bright together (a Gaussian)."
    )
    page.table(
        ["pictures", "distance"],
        [
            ["half of yours (floor)", f"{distance(real):.3g}"],
            ["made", f"{distance(made):.3g}"],
            ["plain baseline", f"{distance(draw_gaussian(images, plan.seed)):.3g}"],
        ],
    )

    page.heading("Copies")
    features = distance.features(images)
    nearest, ways = metrics.nearest_neighbours(features, distance.features(made))
    own = nearest_others(features)
    limit = np.quantile(own, 0.01)
    page.text(
        f"{np.mean(ways < limit):.0%} of 1,000 made pictures are nearer to one of yours "
        "than 99 in 100 of yours are to any other: call these copies. Below each made "
        "picture stands the nearest of yours."
    )
    pairs = np.concatenate([made[:columns], images[nearest[:columns]]])
    page.pictures(pairs, columns, "Made pictures above, the nearest of the folder below")

    page.heading("How to use it")
    label = f" --label {names[0]!r}" if names else ""
    page.code(f"python -m gan_tutorial sample {path.parent} --num 100{label}")
    page.text("Or in Python:")
    page.code(_example(plan, names))
    files.write_whole(path, page.content())


def draw_gaussian(images, seed, number=1000):
    """Pictures from a Gaussian over the pixels of others, uint8 as they are."""
    pixels = data.to_model_range(images).reshape(len(images), -1)
    middle = pixels.mean(axis=0)
    # A mix of the pictures has their covariance, without a matrix of all pixels.
    weights = np.random.default_rng(seed).normal(size=(number, len(images)))
    drawn = middle + weights @ (pixels - middle) / max(len(images) - 1, 1) ** 0.5
    drawn = np.clip(drawn, -1, 1).astype("float32").reshape(-1, *images.shape[1:])
    return data.to_display_range(drawn)


def nearest_others(features):
    """How far each row is from the nearest other row."""
    squares = np.sum(features**2, axis=1)
    squared = squares[:, None] + squares - 2 * features @ features.T
    np.fill_diagonal(squared, np.inf)
    return np.sqrt(np.maximum(squared.min(axis=1), 0))


def _example(plan, names):
    labels = "    # Numbers of the kinds: " + ", ".join(
        f"{k} {name}" for k, name in enumerate(names)
    )
    given = '"labels": np.zeros(8, int)' if names else ""
    return f"""
import numpy as np
from gan_tutorial import data, generators, latent

generator = generators.load("generator.keras")
latents = latent.sample_latents(8, {plan.latent_dim}, seed=1)
given = {{"latents": latents{", " + given if given else ""}}}
{labels if names else ""}
pictures = data.to_display_range(generator.predict(given))
""".strip()
