"""What lets a learner take a GAN apart: the game on points, broken programs, remedies.

flow           the chart of who gives what to whom
game           a GAN on points, small enough to follow each step
game_pictures  its pictures
faults         two programs with a switch for each fault, and instruments
remedies       layers that steady a training
variants       many trainings with one setting changed, by name
private        a GAN with clipped, noisy updates, to be attacked
suspects       four models that were made to please a measure
figures        figures that one lesson needs
"""
