"""Generative adversarial networks, built in the open for product design.

The core, in the order in which it can be read in an evening:

    data         data sets, value ranges, batches
    networks     builders for the generator and the discriminator
    losses       what each player minimises, and the penalties
    latent       points in latent space and the paths between them
    gan          the two players, their training step, sampling
    translation  from picture to picture: in pairs, or between two sets
    recipes      the numbers of the recommended training
    metrics      distances between sets of pictures
    callbacks    what is recorded while a GAN trains
    checkpoints  a run in one file, from which it goes on
    distribution the same training on several devices or machines
    plotting     figures
    border       what may enter a network
    checks       numbers that people type
    folders      a folder of pictures: which files count, how each is read
    generators   trained generators in files that every Keras reads
    files        files that are whole or not there at all
    environment  what this machine has, and what is missing
    evidence     what a lesson hands on when it runs with several seeds
    weights      networks that ship with the package

Kits around it, each for a few lessons; the core imports none of them but `synthetic`:

    synthetic    product pictures drawn by formula, with known attributes
    design       from a brief to a shortlist, an outline, a solid, files
    lab          a GAN taken apart: the game on points, broken programs, remedies
    command      `python -m gan_tutorial`: train on a folder, sample
    widgets      what is moved by hand
    exercises    the checks of the lessons' exercises

Importing the package loads none of them, so it is quick; TensorFlow starts when
a module first needs it.
"""

__version__ = "0.1.0"
