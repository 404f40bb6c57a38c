"""What is recorded and kept while a GAN trains."""

import time
from pathlib import Path

import keras
import numpy as np

from gan_tutorial import checkpoints, data, latent


class SampleStages(keras.callbacks.Callback):
    """Keeps samples at chosen steps of the training, taken while it runs.

    Fixed latents show how the same designs change; fresh latents, new at each stage,
    show whether the variety is real.

    Args:
        steps: numbers of generator steps at which to take samples; 0 is before the
            first.
        num_images: samples of each kind.
        seed: where the latents come from.
        labels: for a GAN with classes, one for each sample.
        attributes: for a GAN with attributes, one row for each sample.
        measure: function from images float32 in [-1, 1] to a number, such as
            `metrics.PictureDistance`; at each stage it is given the images of the same
            1,000 latents, with the conditions above in turn.
        draw: function from the list of stages to a matplotlib figure. The figure is
            shown in the notebook and replaced at each stage.

    Attributes:
        stages: one dictionary a stage, with `step`, `seconds` (of training, without the
            time that the samples took), `fixed` and `fresh`, uint8 `(num_images,
            height, width, channels)`, and `distance` where `measure` was given.
    """

    def __init__(
        self,
        steps,
        num_images=8,
        seed=0,
        labels=None,
        attributes=None,
        measure=None,
        draw=None,
    ):
        super().__init__()
        self.steps = sorted(steps)
        self.num_images = num_images
        self.seed = seed
        self.labels = labels
        self.attributes = attributes
        self.measure = measure
        self.draw = draw
        self.stages = []
        self._display = None

    def on_train_begin(self, logs=None):
        """Takes the stage before the first step, where it is wanted."""
        seconds_before = self.stages[-1]["seconds"] if self.stages else 0.0
        self._start = time.perf_counter() - seconds_before
        self._take_if_due()

    def on_train_batch_end(self, batch, logs=None):
        """Takes a stage when its step has been reached."""
        self._take_if_due()

    def _take_if_due(self):
        step = int(self.model.g_optimizer.iterations)
        if not self.steps or step < self.steps[0]:
            return
        # One stage also where several steps were passed, as in a run that goes on.
        self.steps = [later for later in self.steps if later > step]
        arrived = time.perf_counter()
        latent_dim = self.model.latent_dim
        latents = {
            "fixed": latent.sample_latents(self.num_images, latent_dim, self.seed),
            "fresh": latent.sample_latents(
                self.num_images, latent_dim, [self.seed, len(self.stages) + 1]
            ),
        }
        stage = {"step": step, "seconds": arrived - self._start}
        for kind, points in latents.items():
            images = self.model.generate_from_latents(
                points, self.labels, self.attributes
            )
            stage[kind] = data.to_display_range(images)
        if self.measure is not None:
            stage["distance"] = self.measure(self._many_samples(1000))
        self.stages.append(stage)
        if self.draw is not None:
            self._show(self.draw(self.stages))
        self._start += time.perf_counter() - arrived

    def _many_samples(self, num_images):
        labels, attributes = (
            None if values is None else np.resize(values, (num_images, *shape))
            for values, shape in (
                (self.labels, ()),
                (self.attributes, np.shape(self.attributes)[1:]),
            )
        )
        return self.model.generate(num_images, labels, attributes, seed=self.seed)

    def _show(self, figure):
        from IPython.display import display

        if self._display is None:
            self._display = display(figure, display_id=True)
        else:
            self._display.update(figure)


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole run to one file after each epoch, so that it can go on.

    Put it last: what later callbacks change is not saved.

    Args:
        path: the file, in a folder that exists; see `checkpoints.load`.
    """

    def __init__(self, path):
        super().__init__()
        self.path = Path(path)

    def on_train_begin(self, logs=None):
        """Fails now, and not after an epoch, where nothing could be written."""
        if not self.path.absolute().parent.is_dir():
            raise FileNotFoundError(
                f"There is no folder {self.path.parent} for the checkpoint; make it "
                "first, for example with pathlib.Path(...).mkdir()."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Replaces the checkpoint."""
        checkpoints.save(self.model, self.path)
