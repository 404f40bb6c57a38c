"""Program 1: train a GAN and keep its weights."""

import tensorflow as tf
from tensorflow.keras import layers

from gan_tutorial.synthetic import vases

noise_dim, batch_size, epochs = 100, 32, 2
images, _ = vases.make(64, seed=0)
train_images = (images / 127.5 - 1).astype("float32")


def build_generator(noise_dim):
    """Network from noise to pictures of 28 x 28 pixels."""
    return tf.keras.Sequential(
        [
            layers.Input((noise_dim,)),
            layers.Dense(7 * 7 * 128, activation="relu"),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same"),
            layers.BatchNormalization(),
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


cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
g_optimizer = tf.keras.optimizers.Adam(1e-4)
d_optimizer = tf.keras.optimizers.Adam(1e-4)


@tf.function
def train_step(real_images, noise):
    """One step of each player."""
    with tf.GradientTape() as tape:
        fake_images = generator(noise, training=True)
        real = discriminator(real_images, training=True)
        fake = discriminator(fake_images, training=True)
        real_loss = cross_entropy(tf.ones_like(real), real)
        fake_loss = cross_entropy(tf.zeros_like(fake), fake)
        d_loss = real_loss + fake_loss
    variables = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, variables), variables)

    with tf.GradientTape() as tape:
        fake_images = generator(noise, training=True)
        fake = discriminator(fake_images, training=True)
        g_loss = cross_entropy(tf.ones_like(fake), fake)
    variables = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)


def train(dataset, epochs):
    """All epochs; after each one the weights go to a file."""
    for epoch in range(epochs):
        for real_images in dataset:
            noise = tf.random.normal([tf.shape(real_images)[0], noise_dim])
            train_step(real_images, noise)
        generator.save_weights(f"{epoch + 1}_generator.weights.h5")


generator = build_generator(noise_dim)
discriminator = build_discriminator(train_images.shape[1:])
dataset = tf.data.Dataset.from_tensor_slices(train_images)
dataset = dataset.shuffle(len(train_images)).batch(batch_size)
train(dataset, epochs)
