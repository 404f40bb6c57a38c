"""A generative adversarial network as one Keras model with two optimizers."""

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import data, latent


class GAN(keras.Model):
    """Generator and discriminator, trained in turns.

    `fit` takes arrays of pictures, alone or with conditions: `fit(images)`,
    `fit(images, labels)`, `fit(images, attributes)`, or `fit(images, (labels,
    attributes))`. It also takes `data.batches(...)`, and a `tf.data.Dataset` of such
    batches with images float32 in [-1, 1].

    The published sampler is `ema_generator`: it has the running average of the
    generator's weights, which is steadier than any single step.

    Args:
        generator: model from latents (and conditions) to images.
        discriminator: model from images (and the same conditions) to logits
            `(batch_size, 1)`.
        latent_dim: numbers in one latent.
        d_steps: discriminator steps for each generator step. All of them see the same
            real images, each with new fakes.
        ema_momentum: share of the old average that one step keeps; in step `t` at most
            `(1 + t) / (10 + t)`.
        seed: whole number from which the training latents follow, or None.

    Raises:
        ValueError: networks that do not fit together, or a number out of range.

    Source: algorithm 1 of Goodfellow et al., arXiv 1406.2661.
    """

    def __init__(
        self,
        generator,
        discriminator,
        latent_dim,
        d_steps=1,
        ema_momentum=0.99,
        seed=None,
    ):
        _check_networks(generator, discriminator, latent_dim)
        if d_steps < 1 or not 0 <= ema_momentum < 1:
            raise ValueError(
                f"d_steps is {d_steps} and ema_momentum {ema_momentum}; expected 1 or "
                "more, and a share from 0 to below 1."
            )
        super().__init__(name="gan")
        self.generator = generator
        self.discriminator = discriminator
        self.ema_generator = keras.models.clone_model(generator)
        self.ema_generator.set_weights(generator.get_weights())
        self.latent_dim = latent_dim
        self.d_steps = d_steps
        self.ema_momentum = ema_momentum
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.history = None
        self.finished_epochs = 0
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ("d_loss", "g_loss", "real_accuracy", "fake_accuracy")
        }
        # Both networks have their weights, so Keras need not call them to build us.
        self.built = True

    def compile(
        self,
        g_optimizer,
        d_optimizer,
        g_loss_fn,
        d_loss_fn,
        d_penalty_fn=None,
        d_penalty_weight=1.0,
        d_penalty_interval=1,
        **kwargs,
    ):
        """Sets what each player minimises, and how.

        Args:
            g_optimizer: the generator's optimizer.
            d_optimizer: the discriminator's optimizer; not the same object.
            g_loss_fn: function `(fake_logits)` to a scalar.
            d_loss_fn: function `(real_logits, fake_logits)` to a scalar.
            d_penalty_fn: function `(discriminator, real_images, fake_images)` to a
                scalar, such as `losses.r1_penalty`, or None.
            d_penalty_weight: factor of the penalty, such as `r1_gamma / 2`.
            d_penalty_interval: the penalty is taken on every so many-th step only, and
                then counts as many times; gradients of gradients are costly.
            **kwargs: passed to `keras.Model.compile`, such as `steps_per_execution`.
        """
        if not all(
            isinstance(optimizer, keras.optimizers.Optimizer)
            for optimizer in (g_optimizer, d_optimizer)
        ):
            raise ValueError(
                f"The optimizers are {g_optimizer!r} and {d_optimizer!r}; expected two "
                "Keras optimizers, such as keras.optimizers.Adam(1e-3)."
            )
        if g_optimizer is d_optimizer or g_optimizer.built or d_optimizer.built:
            raise ValueError(
                "An optimizer keeps a memory of its gradients: make a new one for each "
                "player, and new ones for each GAN."
            )
        if not (callable(g_loss_fn) and callable(d_loss_fn)):
            raise ValueError("g_loss_fn and d_loss_fn must be functions; see `losses`.")
        if d_penalty_interval < 1:
            raise ValueError(
                f"d_penalty_interval is {d_penalty_interval}; expected 1 or more."
            )
        super().compile(optimizer=None, **kwargs)
        self.g_optimizer = g_optimizer
        self.d_optimizer = d_optimizer
        self.g_loss_fn = g_loss_fn
        self.d_loss_fn = d_loss_fn
        self.d_penalty_fn = d_penalty_fn
        self.d_penalty_weight = d_penalty_weight
        self.d_penalty_interval = d_penalty_interval
        # Now, so that a checkpoint can be loaded into them before the first step.
        g_optimizer.build(self.generator.trainable_variables)
        d_optimizer.build(self.discriminator.trainable_variables)

    def train_step(self, batch):
        """One turn of the game: the discriminator learns, then the generator."""
        real_images, conditions = self._unpack(batch)
        for _ in range(self.d_steps):
            self._discriminator_step(real_images, conditions)
        self._generator_step(real_images, conditions)
        self._update_average()
        return {name: tracker.result() for name, tracker in self.trackers.items()}

    def make_train_function(self, force=False):
        """Compiles the step once for each size of batch.

        Keras would compile it once for all sizes; TensorFlow is some 5 % faster where
        it knows the size. A short last batch costs a second compilation.
        """
        num_replicas = self.distribute_strategy.num_replicas_in_sync
        if self.run_eagerly or self.steps_per_execution > 1 or num_replicas > 1:
            super().make_train_function(force)
        elif self.train_function is None or force:
            step = tf.function(self.train_step, jit_compile=self.jit_compile)
            self.train_function = lambda iterator: step(next(iterator))

    def _discriminator_step(self, real_images, conditions):
        fake_images = self._draw_fakes(real_images, conditions)

        def discriminate(images):
            return self._judge(images, conditions)

        with tf.GradientTape() as tape:
            # Separately, so that real and fake images share no batch statistics.
            real_logits = discriminate(real_images)
            fake_logits = discriminate(fake_images)
            d_loss = self.d_loss_fn(real_logits, fake_logits)
            penalty = self._penalty(discriminate, real_images, fake_images)
            total_loss = d_loss + penalty
        variables = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(total_loss, variables), variables)

        self.trackers["d_loss"].update_state(d_loss)
        self.trackers["real_accuracy"].update_state(real_logits > 0)
        self.trackers["fake_accuracy"].update_state(fake_logits < 0)

    def _generator_step(self, real_images, conditions):
        with tf.GradientTape() as tape:
            fake_images = self._draw_fakes(real_images, conditions)
            g_loss = self.g_loss_fn(self._judge(fake_images, conditions))
        variables = self.generator.trainable_variables
        self.g_optimizer.apply(tape.gradient(g_loss, variables), variables)
        self.trackers["g_loss"].update_state(g_loss)

    def _draw_fakes(self, real_images, conditions):
        """As many new fakes as there are real images, from fresh latents."""
        shape = (tf.shape(real_images)[0], self.latent_dim)
        latents = keras.random.normal(shape, seed=self.seed_generator)
        return self.generator(_inputs(latents, conditions), training=True)

    def _judge(self, images, conditions):
        return self.discriminator(_inputs(images, conditions), training=True)

    def _penalty(self, discriminate, real_images, fake_images):
        if self.d_penalty_fn is None:
            return 0.0
        weight = self.d_penalty_weight * self.d_penalty_interval

        def weighted_penalty():
            return weight * self.d_penalty_fn(discriminate, real_images, fake_images)

        if self.d_penalty_interval == 1:
            return weighted_penalty()
        is_due = self.d_optimizer.iterations % self.d_penalty_interval == 0
        return tf.cond(is_due, weighted_penalty, lambda: 0.0)

    def _update_average(self):
        # In the first steps the average forgets faster: else it shows noise for long.
        step = tf.cast(self.g_optimizer.iterations, tf.float32)
        momentum = tf.minimum(self.ema_momentum, (1 + step) / (10 + step))
        for average, weight in zip(
            self.ema_generator.weights, self.generator.weights, strict=True
        ):
            average.assign(weight + momentum * (average - weight))

    def _unpack(self, batch):
        """Splits a batch into images and a list of conditions, and checks its form."""
        images, conditions, _ = keras.utils.unpack_x_y_sample_weight(batch)
        conditions = [] if conditions is None else keras.tree.flatten(conditions)
        expected = self.discriminator.inputs
        if tuple(images.shape[1:]) != tuple(expected[0].shape[1:]):
            raise ValueError(
                f"The batch holds images of shape {tuple(images.shape[1:])}; the "
                f"discriminator was built for {tuple(expected[0].shape[1:])}."
            )
        if len(conditions) != len(expected) - 1:
            raise ValueError(
                f"The batch holds {len(conditions)} conditions; the networks take "
                f"{_names_of_conditions(self.discriminator)}."
            )
        if images.dtype != tf.float32:
            raise ValueError(
                f"The batch holds {images.dtype.name} images; expected float32 in "
                "[-1, 1]. `data.batches` makes such batches from uint8 images."
            )
        return images, conditions

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        **kwargs,
    ):
        """Trains as `keras.Model.fit` does.

        Arrays are checked and go through `data.batches`. With `initial_epoch`, such as
        `gan.finished_epochs` after an interruption or after `checkpoints.load`, the run
        goes on: with the pictures in the order that this epoch would have had, and with
        the history so far. The order belongs to the epoch: epoch 0 is always the same.

        Raises:
            ValueError: images or conditions that do not suit the networks, or arguments
                that make no sense for a GAN, such as `validation_data`.
        """
        unfit = ("validation_data", "validation_split", "class_weight", "sample_weight")
        for name in unfit:
            if kwargs.get(name) is not None:
                raise ValueError(
                    f"fit of a GAN takes no {name}: no loss says how good its pictures "
                    "are. Measure them with callbacks.SampleStages(measure=...)."
                )
        if x is None or isinstance(x, list | tuple):
            raise ValueError(
                f"The images came as {type(x).__name__}; expected one array of images, "
                "data.batches(...) or a tf.data.Dataset."
            )
        initial_epoch = kwargs.get("initial_epoch", 0)
        if hasattr(x, "__array__"):
            labels, attributes = self._split_conditions(y)
            size = 32 if batch_size is None else batch_size
            x = data.batches(x, labels, attributes, size, self.seed or 0)
            y = batch_size = None
        if isinstance(x, data.Batches):
            self._check_batches(x)
            x.epoch = initial_epoch
        kwargs.setdefault("shuffle", False)  # Batches shuffle; Keras warns otherwise.

        # First in line, so that a checkpoint at the end of an epoch holds its figures.
        history = _RunHistory(initial_epoch, self.history)
        callbacks = [history, *keras.tree.flatten(callbacks or [])]
        before = self.history, self.finished_epochs, int(self.g_optimizer.iterations)
        try:
            return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)
        except BaseException:
            if int(self.g_optimizer.iterations) == before[2]:
                self.history, self.finished_epochs = before[:2]  # nothing was learnt
            raise

    def call(self, latents, training=False):
        """Images from the averaged generator: the model, called as Keras does."""
        return self.ema_generator(latents, training=training)

    @property
    def metrics(self):
        """The figures that `fit` reports; Keras starts them anew in every epoch."""
        return list(self.trackers.values())

    @property
    def num_classes(self):
        """Number of classes by which the networks are conditioned, or None."""
        return _num_classes(self.generator)

    @property
    def num_attributes(self):
        """Number of attributes by which the networks are conditioned, or None."""
        inputs = {tensor.name: tensor for tensor in self.generator.inputs}
        return inputs["attributes"].shape[-1] if "attributes" in inputs else None

    def generate(self, num_images, labels=None, attributes=None, seed=None):
        """Draws new images with the averaged generator.

        Args:
            num_images: how many.
            labels: for a GAN with classes: whole numbers `(num_images,)`.
            attributes: for a GAN with attributes: `(num_images, num_attributes)`.
            seed: whole number; the same seed gives the same images. None gives new
                ones on every call.

        Returns:
            float32 `(num_images, height, width, channels)` in [-1, 1].

        Raises:
            ValueError: conditions that are missing, not wanted, or of the wrong form.
        """
        if num_images < 1:
            raise ValueError(f"num_images is {num_images}; expected 1 or more.")
        latents = latent.sample_latents(num_images, self.latent_dim, seed)
        return self.generate_from_latents(latents, labels, attributes)

    def generate_from_latents(self, latents, labels=None, attributes=None):
        """Makes the images of given latents, such as the points of a path.

        Args:
            latents: float `(num_images, latent_dim)`.
            labels: as in `generate`.
            attributes: as in `generate`.

        Returns:
            float32 `(num_images, height, width, channels)` in [-1, 1].

        Raises:
            ValueError: latents or conditions of the wrong form.
        """
        latents = np.asarray(latents, np.float32)
        shape = latents.shape
        if len(shape) != 2 or shape[0] < 1 or shape[1] != self.latent_dim:
            raise ValueError(
                f"latents have shape {shape}; expected (num_images, "
                f"{self.latent_dim}), because latent_dim is {self.latent_dim}."
            )
        if not np.isfinite(latents).all():
            raise ValueError("latents hold NaN or infinite numbers.")
        conditions = self._check_conditions(len(latents), labels, attributes)
        # In pieces, so that 10,000 images need little memory.
        pieces = [
            self(_inputs(latents[i : i + 250], [c[i : i + 250] for c in conditions]))
            for i in range(0, len(latents), 250)
        ]
        return np.concatenate([keras.ops.convert_to_numpy(piece) for piece in pieces])

    def _check_conditions(self, num_images, labels, attributes):
        """Returns the conditions as a list of arrays that suit the networks."""
        conditions = []
        for name, values, wanted in (
            ("labels", labels, self.num_classes),
            ("attributes", attributes, self.num_attributes),
        ):
            if wanted is None and values is not None:
                raise ValueError(f"{name} came, but this GAN was built without them.")
            if wanted is None:
                continue
            if values is None:
                raise ValueError(
                    f"This GAN was built with {wanted} "
                    f"{'classes' if name == 'labels' else 'attributes'}: give {name}."
                )
            values = np.asarray(values)
            shape = (num_images,) if name == "labels" else (num_images, wanted)
            if values.shape != shape:
                raise ValueError(f"{name} have shape {values.shape}; expected {shape}.")
            if name == "labels" and not (
                np.issubdtype(values.dtype, np.integer)
                and (values >= 0).all()
                and (values < wanted).all()
            ):
                raise ValueError(
                    f"labels must be whole numbers from 0 to {wanted - 1}; came "
                    f"{values.dtype} from {values.min()} to {values.max()}."
                )
            if name == "attributes" and not np.isfinite(values).all():
                raise ValueError("attributes hold NaN or infinite numbers.")
            conditions.append(values.astype("int32" if name == "labels" else "float32"))
        return conditions

    def _check_batches(self, batches):
        """Refuses batches that do not suit the networks, before any step is taken."""
        expected = tuple(self.discriminator.inputs[0].shape[1:])
        if tuple(batches.images.shape[1:]) != expected:
            raise ValueError(
                f"The images have shape {tuple(batches.images.shape[1:])}; the "
                f"networks were built for {expected}."
            )
        self._check_conditions(len(batches.images), batches.labels, batches.attributes)

    def _split_conditions(self, y):
        """Names the conditions that came as `y`: labels, attributes, or a pair."""
        if y is None:
            return None, None
        if self.num_classes is not None and self.num_attributes is not None:
            if not isinstance(y, tuple | list) or len(y) != 2:
                raise ValueError("Give y as a pair (labels, attributes).")
            return y
        # Labels too where the GAN takes no conditions: the check then refuses them.
        return (y, None) if self.num_attributes is None else (None, y)


class _RunHistory(keras.callbacks.History):
    """Keras's history; a run that goes on begins with the figures so far."""

    def __init__(self, initial_epoch, previous):
        super().__init__()
        self.initial_epoch = initial_epoch
        if initial_epoch > 0 and previous is not None:
            figures = previous.history.items()
            self.history = {k: list(values[:initial_epoch]) for k, values in figures}

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.epoch = list(range(self.initial_epoch))
        self.model.finished_epochs = self.initial_epoch

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self.model.finished_epochs = epoch + 1


def _inputs(first, conditions):
    """What a network takes: latents or images alone, or a list with the conditions."""
    return [first, *conditions] if conditions else first


def _names_of_conditions(network):
    return [tensor.name for tensor in network.inputs[1:]]


def _num_classes(network):
    """Number of classes that a network's `labels` can name, or None without them."""
    inputs = {tensor.name: tensor for tensor in network.inputs[1:]}
    if "labels" not in inputs:
        return None
    for layer in network.layers:
        if isinstance(layer, keras.layers.Embedding) and (
            layer.input is inputs["labels"]
        ):
            return layer.input_dim
    raise ValueError(f"The labels of the {network.name} must go to an Embedding layer.")


def _check_networks(generator, discriminator, latent_dim):
    """Refuses two networks that cannot play together."""
    for network in (generator, discriminator):
        if not hasattr(network, "inputs") or not hasattr(network, "output_shape"):
            raise ValueError(
                f"Expected functional or Sequential Keras models, with an Input; came "
                f"{type(network).__name__}."
            )
        names = _names_of_conditions(network)
        if names not in ([], ["labels"], ["attributes"], ["labels", "attributes"]):
            raise ValueError(
                f"The {network.name} has conditions named {names}; expected inputs "
                "named 'labels', 'attributes', or both in this order."
            )
    latent_shape = tuple(generator.inputs[0].shape[1:])
    if latent_shape != (latent_dim,):
        raise ValueError(
            f"latent_dim is {latent_dim}, but the generator takes latents of shape "
            f"{latent_shape}. Build the generator with latent_dim={latent_dim}."
        )
    made, judged = generator.output_shape[1:], discriminator.inputs[0].shape[1:]
    if tuple(made) != tuple(judged):
        raise ValueError(
            f"The generator makes images of shape {tuple(made)}, but the discriminator "
            f"takes {tuple(judged)}. Build both with the same image_shape."
        )
    if tuple(discriminator.output_shape[1:]) != (1,):
        raise ValueError(
            f"The discriminator's output has shape {discriminator.output_shape}; "
            "expected one logit for each image, (None, 1)."
        )
    conditions = [
        [(tensor.name, tuple(tensor.shape)) for tensor in network.inputs[1:]]
        + [("classes", _num_classes(network))]
        for network in (generator, discriminator)
    ]
    if conditions[0] != conditions[1]:
        raise ValueError(
            f"The generator is conditioned on {conditions[0]}, the discriminator on "
            f"{conditions[1]}. Give both the same num_classes and num_attributes."
        )
