"""Program 2: train a GAN and draw the stages of its training."""

import tensorflow as tf
from matplotlib import pyplot as plt
from tensorflow.keras import layers

from gan_tutorial.synthetic import vases

noise_dim, batch_size, epochs = 100, 32, 2
images, _ = vases.make(64, seed=0)
train_images = (images / 127.5 - 1).astype("float32")
stage_noise = tf.random.normal([16, noise_dim])


def build_generator(noise_dim):
    """Network from noise to pictures of 28 x 28 pixels."""
    return tf.keras.Sequential(
        [
            layers.Input((noise_dim,)),
            layers.Dense(7 * 7 * 128, activation="relu"),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same"),
            layers.BatchNormalization(momentum=0.9),
            layers.LeakyReLU(0.01),
            layers.Conv2DTranspose(1, 5, strides=2, padding="same"),
            layers.Activation("tanh"),
        ]
    )


def build_discriminator(image_shape):
    """Network from pictures to one logit each."""
    return tf.keras.Sequential(
        [
            layers.Input(image_shape),
            layers.Flatten(),
            layers.Dense(128),
            layers.LeakyReLU(0.01),
            layers.Dense(1),
        ]
    )


def build_gan(generator, discriminator):
    """Both networks in one: from noise to logits."""
    return tf.keras.Sequential([generator, discriminator])


cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
g_optimizer = tf.keras.optimizers.Adam(1e-4)
d_optimizer = tf.keras.optimizers.Adam(1e-4)


@tf.function
def train_step(real_images):
    """One step of each player."""
    noise = tf.random.normal([tf.shape(real_images)[0], noise_dim])
    with tf.GradientTape() as tape:
        real = discriminator(real_images, training=True)
        fake = gan(noise, training=True)
        real_loss = cross_entropy(tf.ones_like(real), real)
        fake_loss = cross_entropy(tf.zeros_like(fake), fake)
        d_loss = real_loss + fake_loss
    variables = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, variables), variables)

    with tf.GradientTape() as tape:
        fake = gan(noise, training=True)
        g_loss = cross_entropy(tf.ones_like(fake), fake)
    variables = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)


def draw_stage(epoch):
    """Writes the pictures of the noise that is kept for the stages."""
    pictures = generator(stage_noise, training=False)[..., 0]
    sheet = tf.concat(list(pictures), axis=1)
    plt.imsave(f"stage_{epoch}.png", sheet, cmap="gray", vmin=-1, vmax=1)


dataset = tf.data.Dataset.from_tensor_slices(train_images)
dataset = dataset.shuffle(len(train_images)).batch(batch_size)
generator = build_generator(noise_dim)
discriminator = build_discriminator((28, 28, 1))
gan = build_gan(generator, discriminator)
for epoch in range(epochs):
    for real_images in dataset:
        train_step(real_images)
    draw_stage(epoch)
