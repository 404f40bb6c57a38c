"""A generative adversarial network as one Keras model with two optimizers.

A batch is a dictionary: "images", which is what the discriminator judges, and any
conditions by name, such as "labels", "attributes", "source" or "masks". A network takes
those of its inputs that it names; nothing else here knows what a condition is. So the
same class trains on pictures of any kind, on tables, on points and on maps of tiles.
"""

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import border, checks, data, distribution, latent, losses

# What each value of a uint8 picture is inside a network.
_LEVELS = data.to_model_range(np.arange(256, dtype=np.uint8))


class GAN(keras.Model):
    """Generator and discriminator, trained in turns.

    The published sampler is `ema_generator`: it has the running average of the
    generator's weights, which is steadier than any single step.

    Args:
        generator: functional or `Sequential` Keras model to images. Where it has an
            input named "latents", `(batch_size, latent_dim)` or a map `(batch_size,
            height, width, channels)`, whose sides may be open, the GAN draws them; all
            its other inputs are conditions, found in the batch by their names.
        discriminator: model from the input "images", and conditions, to logits
            `(batch_size, ...)`: one for each image, or for each patch of it. No sigmoid
            at its end.
        d_steps: discriminator steps for each generator step. All of them see the same
            real images, each with new fakes.
        ema_momentum: share of the old average that one step keeps; in step `t` at most
            `(1 + t) / (10 + t)`.
        seed: whole number from which the training latents follow, or None.

    Attributes:
        latent_dim: numbers in one latent; or the shape `(height, width, channels)` of a
            map of them, its sides those that give images of the discriminator's size;
            or None for a generator that takes no latents.

    Raises:
        ValueError: networks that do not fit together, or a number out of range.

    Source: algorithm 1 of Goodfellow et al., arXiv 1406.2661. The average of the
    weights is Yazıcı et al.'s, arXiv 1806.04498.
    """

    def __init__(
        self, generator, discriminator, d_steps=1, ema_momentum=0.99, seed=None
    ):
        g_inputs, d_inputs = border.check_networks(generator, discriminator)
        super().__init__(name="gan")
        self.generator = generator
        self.discriminator = discriminator
        self.g_inputs, self.d_inputs = g_inputs, d_inputs
        image_shape = tuple(d_inputs["images"].shape[1:])
        self.latent_dim = border.find_latent_dim(generator, g_inputs, image_shape)
        self.ema_generator = keras.models.clone_model(generator)
        self.ema_generator.set_weights(generator.get_weights())
        self.d_steps = checks.whole_number("d_steps", d_steps, 1)
        self.ema_momentum = checks.number("ema_momentum", ema_momentum, 0, 0.999999)
        self.seed = None if seed is None else checks.whole_number("seed", seed, 0)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.history = None
        self.finished_epochs = 0
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ("d_loss", "g_loss", "real_accuracy", "fake_accuracy")
        }
        # Both networks have their weights, so Keras need not call them to build us.
        self.built = True

    def compile(
        self, g_optimizer, d_optimizer, loss, d_penalty=None, g_term=None, **kwargs
    ):
        """Sets what each player minimises, and how.

        Args:
            g_optimizer: the generator's optimizer.
            d_optimizer: the discriminator's optimizer; not the same object.
            loss: a `losses.Loss`, such as `losses.NON_SATURATING`.
            d_penalty: added to the discriminator's loss, such as `losses.R1(0.1, 4)`:
                a function `(judge, real_images, fake_images)` to a scalar, with an
                `interval`.
            g_term: function `(fake_images, batch)` to a scalar that is added to the
                generator's loss, such as the distance to the images of the batch.
            **kwargs: passed to `keras.Model.compile`, such as `steps_per_execution`.

        Raises:
            ValueError: an argument is not as above.
        """
        optimizers = g_optimizer, d_optimizer
        if not all(isinstance(o, keras.optimizers.Optimizer) for o in optimizers):
            raise ValueError(
                f"The optimizers are {g_optimizer!r} and {d_optimizer!r}; expected two "
                "Keras optimizers, such as keras.optimizers.Adam(1e-3)."
            )
        if g_optimizer is d_optimizer or g_optimizer.built or d_optimizer.built:
            raise ValueError(
                "An optimizer keeps a memory of its gradients: make a new one for each "
                "player, and new ones for each GAN."
            )
        if not isinstance(loss, losses.Loss):
            raise ValueError(
                f"loss is {loss!r}; expected a losses.Loss, such as "
                "losses.NON_SATURATING or losses.Loss(my_g_loss, my_d_loss)."
            )
        if d_penalty is not None:
            if isinstance(d_penalty, type) or not hasattr(d_penalty, "interval"):
                raise ValueError(
                    f"d_penalty is {d_penalty!r}; expected a penalty with its "
                    "settings, such as losses.R1(gamma=0.1), or None."
                )
            checks.whole_number("The interval of d_penalty", d_penalty.interval, 1)
            for name in ("gamma", "weight"):  # below 0 it would reward steepness
                value = getattr(d_penalty, name, 0)
                checks.number(f"The {name} of d_penalty", value, 0)
        if g_term is not None and not callable(g_term):
            raise ValueError(
                f"g_term is {g_term!r}; expected a function (fake_images, batch)."
            )
        num_devices = self.distribute_strategy.num_replicas_in_sync
        if kwargs.get("steps_per_execution", 1) != 1 and num_devices > 1:
            raise ValueError(
                f"steps_per_execution is {kwargs['steps_per_execution']} with "
                f"{num_devices} devices; expected 1, or leave it out."
            )
        super().compile(optimizer=None, **kwargs)
        self.g_optimizer, self.d_optimizer = optimizers
        self.loss = loss
        self.d_penalty = d_penalty
        self.g_term = g_term
        # Now, so that a checkpoint can be loaded into them before the first step.
        g_optimizer.build(self.g_variables)
        d_optimizer.build(self.d_variables)

    def train_step(self, batch):
        """One iteration of the game: the discriminator learns, then the generator."""
        batch = to_network(batch)
        for _ in range(self.d_steps):
            self.discriminator_step(batch)
        self.generator_step(batch)
        self.update_average()
        return {name: tracker.result() for name, tracker in self.trackers.items()}

    def discriminator_step(self, batch):
        """One step of the discriminator on a batch in the networks' range."""
        real_images, fake_images = batch["images"], self.make_fakes(batch)
        with tf.GradientTape() as tape:
            # Separately, so that real and fake images share no batch statistics.
            real_logits = self.judge(real_images, batch)
            fake_logits = self.judge(fake_images, batch)
            d_loss = self.loss.discriminator(real_logits, fake_logits)
            total_loss = d_loss + self.penalty(real_images, fake_images, batch)
            total_loss *= self.share_of_batch(batch)
        variables = self.d_variables
        self.d_optimizer.apply(tape.gradient(total_loss, variables), variables)

        self.trackers["d_loss"].update_state(d_loss)
        self.trackers["real_accuracy"].update_state(real_logits > 0)
        self.trackers["fake_accuracy"].update_state(fake_logits < 0)

    def generator_step(self, batch):
        """One step of the generator on a batch in the networks' range."""
        with tf.GradientTape() as tape:
            fake_images = self.make_fakes(batch)
            g_loss = self.loss.generator(self.judge(fake_images, batch))
            if self.g_term is not None:
                g_loss += self.g_term(fake_images, batch)
            total_loss = g_loss * self.share_of_batch(batch)
        variables = self.g_variables
        self.g_optimizer.apply(tape.gradient(total_loss, variables), variables)
        self.trackers["g_loss"].update_state(g_loss)

    def make_fakes(self, batch):
        """As many fakes as the batch has images, from its conditions.

        Latents are drawn anew, unless the batch brings them.
        """
        if "latents" in self.g_inputs and "latents" not in batch:
            shape = tf.shape(batch["images"])[0], *np.atleast_1d(self.latent_dim)
            batch = batch | {"latents": latent.draw(shape, self.seed_generator)}
        return call(self.generator, self.g_inputs, batch, training=True)

    def judge(self, images, batch):
        """The discriminator's logits for images under the conditions of a batch."""
        given = batch | {"images": images}
        return call(self.discriminator, self.d_inputs, given, training=True)

    def penalty(self, real_images, fake_images, batch):
        """The discriminator's penalty in this step; 0 where it is not due."""
        if self.d_penalty is None:
            return 0.0
        interval = self.d_penalty.interval

        def weighted_penalty():
            def judge(images):
                return self.judge(images, batch)

            return interval * self.d_penalty(judge, real_images, fake_images)

        if interval == 1:
            return weighted_penalty()
        is_due = self.d_optimizer.iterations % interval == 0
        return tf.cond(is_due, weighted_penalty, lambda: 0.0)

    def update_average(self):
        """Moves the averaged generator towards the generator."""
        # In the first steps the average forgets faster: else it shows noise for long.
        step = tf.cast(self.g_optimizer.iterations, tf.float32)
        momentum = tf.minimum(self.ema_momentum, (1 + step) / (10 + step))
        pairs = zip(self.ema_generator.weights, self.generator.weights, strict=True)
        for average, weight in pairs:
            average.assign(weight + momentum * (average - weight))

    def share_of_batch(self, batch):
        """The share of the global batch that this device has: 1 on a single one.

        Losses are means over one device's part, and the optimizers add up the gradients
        of all devices: weighted by the shares, that is the mean over the whole batch.
        """
        if distribution.num_devices() == 1:
            return 1.0
        own = tf.shape(batch["images"])[0]
        _, num_all = distribution.place_in_batch(own)
        return tf.cast(own, tf.float32) / tf.cast(num_all, tf.float32)

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

        With `initial_epoch`, such as `gan.finished_epochs` after an interruption or
        after `checkpoints.load`, the run goes on: with the pictures in the order that
        this epoch would have had, and with the history so far. The order belongs to the
        epoch: epoch 0 is always the same.

        Args:
            x: what to learn from: a `data.DataSet`, an array of images, a dictionary of
                arrays, `data.batches(...)` or a `PyDataset` of your own, a
                `tf.data.Dataset` of such dictionaries in batches, or a generator of
                them, which needs `steps_per_epoch`. uint8 pictures are scaled to
                [-1, 1]; "masks" become 0 and 1.
            y: not taken: conditions stand in the dictionary, by name.
            batch_size: for a data set or arrays; 32 where None is given.
            epochs: as in Keras; likewise `verbose`, `callbacks` and the rest.
            verbose: as in Keras.
            callbacks: as in Keras.
            **kwargs: as in Keras.

        Raises:
            ValueError: the GAN is not compiled, or a batch does not suit the networks,
                or the generator's pictures leave [-1, 1], or arguments make no sense
                for a GAN, such as `validation_data`.
            FloatingPointError: a loss became NaN or infinite. The GAN cannot be used
                any more.
        """
        unfit = ("validation_data", "validation_split", "class_weight", "sample_weight")
        for name in unfit:
            if kwargs.get(name) is not None:
                raise ValueError(
                    f"fit of a GAN takes no {name}: no loss says how good its pictures "
                    "are. Measure them with callbacks.Samples(measure=...)."
                )
        if not self.compiled:
            raise ValueError(
                "The GAN has no losses and optimizers yet: call gan.compile(...) first."
            )
        if y is not None:
            raise ValueError(
                "fit of a GAN takes no y: name the conditions in a dictionary, such as "
                'fit({"images": images, "labels": labels}), or "source" for pairs.'
            )
        epochs = checks.whole_number("epochs", epochs, 0)
        initial_epoch = checks.whole_number(
            "initial_epoch", kwargs.get("initial_epoch", 0), 0
        )
        if batch_size is not None:
            batch_size = checks.whole_number("batch_size", batch_size, 1)
        faults = []  # found in later batches
        x = self._check_source(x, batch_size or 32, faults)
        if epochs <= initial_epoch:  # nothing to train, and nothing to forget
            return self.history or keras.callbacks.History()
        strategy, source = self.distribute_strategy, {}
        if isinstance(x, data.Batches):
            x.epoch, source = initial_epoch, x.arrays
            if strategy.num_replicas_in_sync > 1:
                kwargs.setdefault("steps_per_epoch", len(x))
                x = distribution.feed(x, strategy)
        distribution.check_same(
            strategy,
            epochs=[np.array([initial_epoch, epochs, self.steps_taken])],
            weights=(weight.numpy() for weight in self.weights),
            data=source.values(),
        )
        kwargs.setdefault("shuffle", False)  # Batches shuffle; Keras warns otherwise.

        # First in line, so that a checkpoint at the end of an epoch holds its figures.
        history = _RunHistory(initial_epoch, self.history)
        callbacks = [history, *keras.tree.flatten(callbacks or [])]
        before = self.history, self.finished_epochs, self.steps_taken
        try:
            return super().fit(x, None, None, epochs, verbose, callbacks, **kwargs)
        except BaseException as error:
            if self.steps_taken == before[2]:
                self.history, self.finished_epochs = before[:2]  # nothing was learned
            if faults and isinstance(error, tf.errors.OpError):
                raise faults[0] from None  # without TensorFlow's wrapping
            raise

    def make_train_function(self, force=False):
        """Compiles the step once for each size of batch.

        Keras would compile it once for all sizes; TensorFlow is some 5 % faster where
        it knows the size. A short last batch costs a second compilation.
        """
        is_alone = self.distribute_strategy.num_replicas_in_sync == 1
        if is_alone and (self.run_eagerly or self.steps_per_execution > 1):
            super().make_train_function(force)
        elif self.train_function is None or force:
            step = self.train_step if is_alone else self._train_on_all_devices
            if not self.run_eagerly:
                step = tf.function(step, jit_compile=self.jit_compile)
            self.train_function = lambda iterator: step(next(iterator))

    def _train_on_all_devices(self, batch):
        arrays = keras.tree.flatten(batch)
        parts = self.distribute_strategy.experimental_local_results(arrays[0])
        if any(part.shape[0] == 0 for part in parts):
            raise ValueError(
                "A device got no image: TensorFlow divides a batch of 4 among 3 "
                "devices as 2, 2 and 0. Give batches whose rows the number of devices "
                "divides, or arrays to data.batches, which shares them evenly."
            )
        self.distribute_strategy.run(self.train_step, args=(batch,))
        # Read here, not on one device: that is the mean over all of them. Of a loss,
        # it is the mean of their means, also where one had a row less than another.
        return {name: tracker.result() for name, tracker in self.trackers.items()}

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Keras would average the devices' first batches; we have our weights."""

    def call(self, latents, training=False):
        """Images from the averaged generator: the model, called as Keras does."""
        return self.ema_generator(latents, training=training)

    @property
    def metrics(self):
        """The figures that `fit` reports; Keras starts them anew in every epoch."""
        return list(self.trackers.values())

    @property
    def g_variables(self):
        """What `g_optimizer` moves; a GAN with two generators adds the other's."""
        return self.generator.trainable_variables

    @property
    def d_variables(self):
        """What `d_optimizer` moves."""
        return self.discriminator.trainable_variables

    @property
    def steps_taken(self) -> int:
        """Generator steps taken so far."""
        if not self.compiled:
            return 0
        return int(self.g_optimizer.iterations.numpy())

    def generate(
        self, num_images=None, seed=None, truncation=None, latents=None, **conditions
    ):
        """Makes images with the averaged generator.

        `generate(8, seed=1, labels=[3] * 8)`, or `generate(latents=points, labels=...)`
        for given latents, such as the points of a path. A generator without latents
        needs neither: it makes one image for each row of its conditions.

        Args:
            num_images: how many.
            seed: whole number from which the latents follow; None gives others on every
                call. With one seed, fewer images are the first of more.
            truncation: psi, from 0 to 1; see `latent.truncate`. None leaves all as is.
            latents: float `(num_images, latent_dim)`, in place of `num_images`. Of a
                map with open sides, these set the size of the images.
            **conditions: by name, one row for each image: labels `(num_images,)`,
                attributes `(num_images, num_attributes)`, uint8 pictures, ...

        Returns:
            uint8 `(num_images, height, width, channels)` where the generator makes
            pictures, with 1, 3 or 4 channels; else float32, as it makes them.

        Raises:
            ValueError: latents or conditions that are missing, unknown, or of the wrong
                form.
        """
        given = dict(conditions)
        if "latents" in self.g_inputs:
            if (num_images is None) == (latents is None):
                raise ValueError(
                    "Give num_images, such as generate(8), or latents, and not both."
                )
            if latents is None:
                latents = latent.sample_latents(num_images, self.latent_dim, seed)
            if truncation is not None:
                latents = latent.truncate(latents, truncation)
            given["latents"] = latents
        elif not conditions or any(
            value is not None for value in (num_images, seed, truncation, latents)
        ):
            raise ValueError(
                f"This generator takes {list(self.g_inputs)}, and no latents: give "
                "these conditions by name, and nothing else."
            )
        unknown = [name for name in given if name not in self.g_inputs]
        if unknown:
            raise ValueError(
                f"{unknown} came, but the generator takes {list(self.g_inputs)} only."
            )
        given = {name: np.asarray(values) for name, values in given.items()}
        num_rows = len(given["latents"]) if "latents" in given else None
        given = border.check_inputs(given, self.g_inputs, num_rows)
        num_rows = len(next(iter(given.values())))
        # In pieces, into one array, so that 10,000 images need little memory.
        shape, made = self.ema_generator.output_shape, None
        if None in shape[1:]:
            shapes = {name: np.shape(values) for name, values in given.items()}
            shape = border.made_shape(self.ema_generator, self.g_inputs, shapes)
        step = data.rows_at_once(shape)
        for start in range(0, num_rows, step):
            rows = {k: v[start : start + step] for k, v in given.items()}
            piece = call(self.ema_generator, self.g_inputs, to_network(rows))
            piece = keras.ops.convert_to_numpy(piece)
            if data.is_picture(piece.shape):
                piece = data.to_display_range(piece)
            if made is None:
                made = np.empty((num_rows, *piece.shape[1:]), piece.dtype)
            made[start : start + step] = piece
        return made

    def _check_source(self, x, batch_size, faults):
        """What `fit` was given, in a form that Keras takes, after a look at it."""
        inputs = self.d_inputs | self.g_inputs
        if isinstance(x, tf.data.Dataset):
            first = border.check_first(next(iter(x.take(1)), None), inputs)
            self._check_fakes(first)
            return border.watch(x, first, inputs, faults)
        if hasattr(x, "__next__"):
            first = next(x, None)
            self._check_fakes(border.check_first(first, inputs))
            return border.watch_generator(x, first, inputs, faults)
        if isinstance(x, keras.utils.PyDataset) and type(x) is not data.Batches:
            self._check_fakes(border.check_first(x[0], inputs))
            return x
        if not isinstance(x, data.Batches):
            given = data.as_dictionary(x)
            if isinstance(x, data.DataSet):  # it may know labels that nobody takes
                given = {name: v for name, v in given.items() if name in inputs}
            x = data.batches(given, batch_size, self.seed or 0)
        checked = border.check_inputs(x.arrays, inputs)
        if len(checked["images"]) < 2:
            raise ValueError(
                "There is one image; expected two or more, better hundreds: a GAN "
                "learns in what they are alike and how they differ."
            )
        self._check_fakes(checked)
        num_devices = self.distribute_strategy.num_replicas_in_sync
        for kind, num_rows in (
            ("smallest", min(x.batch_size, x.length)),
            ("last", x.length % x.batch_size or num_devices),
        ):
            if num_rows < num_devices:
                raise ValueError(
                    f"The {kind} batch has {num_rows} rows for {num_devices} devices, "
                    "so one of them would have none. Choose another batch_size."
                )
        return x

    def _check_fakes(self, given):
        """Refuses a generator whose pictures `generate` could not show."""
        if not data.is_picture(self.generator.output_shape):
            return
        given = {name: values[:16] for name, values in given.items()}
        if "latents" in self.g_inputs and "latents" not in given:
            num_rows = len(given["images"])  # not from the GAN's own random numbers
            given["latents"] = latent.sample_latents(num_rows, self.latent_dim, 0)
        with keras.StatelessScope():  # as in training, but no average moves
            fakes = call(self.generator, self.g_inputs, to_network(given), True)
        low, high = float(tf.reduce_min(fakes)), float(tf.reduce_max(fakes))
        if not (low >= -data.LIMIT and high <= data.LIMIT):
            raise ValueError(
                f"The generator makes pictures with values from {low:g} to {high:g}; "
                'expected -1 to 1. End it with activation="tanh".'
            )


def call(network, inputs, given, training=False):
    """Calls a network with those of its inputs that it names.

    Args:
        network: a Keras model.
        inputs: its inputs by name, as `border.name_inputs` gives them.
        given: arrays or tensors by name; what the network does not name is left out.
        training: as in Keras.
    """
    missing = [name for name in inputs if name not in given]
    if missing:
        raise ValueError(
            f"The {network.name} takes {list(inputs)}; {missing} did not come."
        )
    # In the form in which the network was built: alone, in a list or by name.
    is_chain = isinstance(network, keras.Sequential)
    form = network.inputs[0] if is_chain else network.input
    values = keras.tree.pack_sequence_as(form, [given[name] for name in inputs])
    return network(values, training=training)


class _RunHistory(keras.callbacks.History):
    """Keras's history; it knows of earlier runs, and stops a run that broke down."""

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

    def on_train_batch_end(self, batch, logs=None):
        for name in logs:
            if name.endswith("_loss") and not np.isfinite(logs[name]):
                self._stop(f"{name} is {float(logs[name])}")

    def on_epoch_end(self, epoch, logs=None):
        # The last step can break the weights after its losses were worked out. A
        # checkpoint, which comes after this, must not keep them.
        if not all(np.isfinite(w).all() for w in self.model.get_weights()):
            self._stop("A weight is NaN or infinite")
        super().on_epoch_end(epoch, logs)
        self.model.finished_epochs = epoch + 1

    def _stop(self, found):
        raise FloatingPointError(
            f"{found} since generator step {self.model.steps_taken}: the weights are "
            "lost. The likely cause is a learning rate that is too large, or a batch "
            "with NaN in it. Build the GAN again with a smaller rate, or load a "
            "checkpoint."
        )


def to_network(batch):
    """A batch as networks take it: uint8 pictures in [-1, 1], masks 0 and 1."""
    batch = batch[0] if isinstance(batch, tuple) else batch  # see watch_generator
    batch = batch if isinstance(batch, dict) else {"images": batch}

    def scale(name, values):
        values = tf.convert_to_tensor(values)
        if name == "masks":
            return tf.cast(tf.cast(values, tf.bool), tf.float32)
        if values.dtype.is_floating:
            return tf.cast(values, tf.float32)
        if values.dtype != tf.uint8 or not data.is_picture(values.shape, name):
            return values
        # A table, because compiled code rounds a division in another way.
        return tf.gather(_LEVELS, tf.cast(values, tf.int32))

    return {name: scale(name, values) for name, values in batch.items()}
