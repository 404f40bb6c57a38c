"""What is recorded and kept while a GAN trains."""

import time
from pathlib import Path

import keras
import numpy as np

from gan_tutorial import checkpoints, files, latent, networks


class Samples(keras.callbacks.Callback):
    """Keeps samples at chosen steps of the training, taken while it runs.

    Fixed latents show how the same designs change; fresh latents, new at each stage,
    show whether the variety is real.

    Args:
        steps: numbers of generator steps at which to take samples; 0 is before the
            first.
        num_images: samples of each kind.
        seed: where the latents come from.
        conditions: for a GAN with conditions, a dictionary such as `{"labels": [0, 1]}`
            with one row for each sample.
        measure: function from images, as `GAN.generate` gives them, to a number, such
            as a `metrics.FrechetDistance`; at each stage it is given the images of the
            same 1,000 latents, with the conditions above in turn. A generator without
            latents makes one image of each row of the conditions, up to 1,000.
        draw: function from the list of stages to a matplotlib figure. The figure is
            shown in the notebook and replaced at each stage.

    Attributes:
        stages: one dictionary a stage, with `step`, `seconds` (of training, without the
            time that the samples took), `fixed` and `fresh`, `num_images` samples each,
            and `distance` where `measure` was given.
    """

    def __init__(
        self,
        steps,
        num_images=8,
        seed=0,
        conditions=None,
        measure=None,
        draw=None,
    ):
        super().__init__()
        self.steps = sorted(steps)
        self.num_images = num_images
        self.seed = seed
        self.conditions = conditions or {}
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
        step = self.model.steps_taken
        if not self.steps or step < self.steps[0]:
            return
        # One stage also where several steps were passed, as in a run that goes on.
        self.steps = [later for later in self.steps if later > step]
        arrived = time.perf_counter()
        stage = {"step": step, "seconds": arrived - self._start}
        stage["fixed"] = self._sample(self.num_images, self.seed)
        fresh_seed = [self.seed, len(self.stages) + 1]
        stage["fresh"] = self._sample(self.num_images, fresh_seed)
        if self.measure is not None:
            stage["distance"] = self.measure(self._sample(1000, self.seed))
        self.stages.append(stage)
        if self.draw is not None:
            self._show(self.draw(self.stages))
        self._start += time.perf_counter() - arrived

    def _sample(self, num_images, seed):
        if self.model.latent_dim is None:
            rows = {k: v[:num_images] for k, v in self.conditions.items()}
            return self.model.generate(**rows)
        conditions = {
            name: np.resize(values, (num_images, *np.shape(values)[1:]))
            for name, values in self.conditions.items()
        }
        latents = latent.sample_latents(num_images, self.model.latent_dim, seed)
        return self.model.generate(latents=latents, **conditions)

    def _show(self, figure):
        from IPython.display import display

        if self._display is None:
            self._display = display(figure, display_id=True)
        else:
            self._display.update(figure)


class AdaptiveAugmentation(keras.callbacks.Callback):
    """Shows the discriminator more moved images while it is too sure of the real ones.

    After each epoch the probability that an image is moved (`networks.RandomlyMoved`)
    grows by `step` if the mean sign of the real logits was above `target`, else it
    shrinks. It starts at 0, and goes on where a resumed run stood.

    Args:
        target: mean sign of the logits of real images, from -1 to 1.
        step: of the probability, in one epoch.

    Source: Karras et al., Training Generative Adversarial Networks with Limited Data,
    arXiv 2006.06676, whose target 0.6 is.
    """

    def __init__(self, target=0.6, step=0.05):
        super().__init__()
        self.target, self.step = target, step

    def on_train_begin(self, logs=None):
        """Finds the layer; a new run starts without moved images."""
        layers = self.model.discriminator.layers
        moving = [one for one in layers if isinstance(one, networks.RandomlyMoved)]
        if not moving:
            raise ValueError(
                "The discriminator has no layer that moves images. Build it with "
                "networks.build_discriminator(..., augment=True)."
            )
        self.probability = moving[0].probability
        if self.model.steps_taken == 0:
            self.probability.assign(0.0)

    def on_epoch_end(self, epoch, logs=None):
        """Changes the probability by one step."""
        sign = 2 * logs["real_accuracy"] - 1  # +1 where a logit is above 0, else -1
        change = np.sign(sign - self.target) * self.step
        self.probability.assign(np.clip(self.probability.numpy() + change, 0, 1))


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
        """Fails now, and not after an epoch, where the file could not be written."""
        if not self.path.absolute().parent.is_dir():
            raise FileNotFoundError(
                f"There is no folder {self.path.parent} for the checkpoint; make it "
                "first, for example with pathlib.Path(...).mkdir()."
            )
        files.check_place(self.path, checkpoints.pack(self.model))

    def on_epoch_end(self, epoch, logs=None):
        """Replaces the checkpoint."""
        checkpoints.save(self.model, self.path)
