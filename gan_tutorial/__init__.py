"""Generative adversarial networks, built in the open for product design.

The modules, in the order in which they can be read:

    synthetic    product pictures drawn by our own code, with known attributes
    data         real and synthetic pictures, value ranges, batches
    networks     builders for the generator and the discriminator
    losses       what each player minimises, and the penalties
    latent       points in latent space and the paths between them
    search       the best point in latent space: by chance, evolution, gradient
    plotting     figures
    solids       from a picture to an outline, and to a solid turned around it
    briefs       what is asked of a product, a shortlist, what people prefer
    breeding     genes of designs, and the generations of a session
    export       contact sheet, outline, printable solid, designs that come back
    metrics      distances between sets of pictures
    gan          the two players, their training step, sampling, checkpoints
    callbacks    what is recorded while a GAN trains
    point_game   a GAN on points, small enough to follow each step
    flow         who gives what to whom in one turn, and a trace to check it
    interactive  widgets: playground, loss explorer, real or fake, design studio
    stabilise    what steadies a training
    fault_lab    two broken programs with a switch for each fault, and instruments
    environment  what this machine has, and what is missing
    exercises    checks for the exercises of the lessons

Importing the package loads none of them, so it is quick; TensorFlow starts when
a module first needs it.
"""

__version__ = "0.1.0"
