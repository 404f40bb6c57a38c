"""Searches the settings of a training for a small Fréchet distance, with Optuna.

    pip install "gan-tutorial[sweep]"
    python tools/sweep.py FILE [--trials 20] [--steps 600]

Each trial trains on vases with other settings, and is measured four times on held-out
ones; one that is worse than half of the others by then is given up. FILE keeps all
trials: the same command goes on where it was stopped.
"""

import argparse

import keras
import optuna

from gan_tutorial import data, metrics, recipes
from gan_tutorial.synthetic import vases

STAGES = 4  # measurements in a trial
SEED = 1


def make_objective(num_steps, num_pictures=2000):
    """Function from a trial to its last distance."""
    images, _ = vases.make(2 * num_pictures, seed=SEED)
    training, held_out = images[:num_pictures], images[num_pictures:]
    distance = metrics.FrechetDistance("vases", held_out)

    def objective(trial):
        keras.utils.set_random_seed(SEED)
        gan = recipes.dcgan(
            training.shape[1:],
            num_steps,
            SEED,
            latent_dim=trial.suggest_categorical("latent_dim", [8, 16, 32]),
            r1_gamma=trial.suggest_float("r1_gamma", 0.03, 30, log=True),
        )

        def judge(epoch, logs):
            trial.report(distance(gan.generate(num_pictures, seed=0)), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        try:
            gan.fit(
                data.batches(training, seed=SEED, steps=num_steps // STAGES),
                epochs=STAGES,
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=judge)],
                verbose=0,
            )
        except FloatingPointError as error:  # it broke down: that is a verdict too
            raise optuna.TrialPruned from error
        return distance(gan.generate(num_pictures, seed=0))

    return objective


def sweep(path, num_trials, objective):
    """Runs what is missing of `num_trials` trials; `path` is the file that keeps them.

    Returns:
        The `optuna.Study`, with all trials so far.
    """
    study = optuna.create_study(
        storage=f"sqlite:///{path}",
        study_name="gan",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    # A trial that was stopped from outside gave no verdict, and is not counted.
    judged = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED
    num_missing = num_trials - len(study.get_trials(states=judged))
    # With one seed, a run that goes on would draw the first settings once more.
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials))
    study.optimize(objective, n_trials=max(num_missing, 0))
    return study


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--steps", type=int, default=600)
    options = parser.parse_args()
    found = sweep(options.file, options.trials, make_objective(options.steps))
    print("best:", found.best_value, found.best_params)
