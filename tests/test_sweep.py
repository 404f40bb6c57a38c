"""The sweep gives up bad trials and goes on from its file."""

import optuna
import pytest
import sweep


def objective(trial):
    """Smallest at 3; its value at a step is known before the end."""
    x = trial.suggest_float("x", -10, 10)
    for step in range(4):
        trial.report((x - 3) ** 2 + 1 - step / 4, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return (x - 3) ** 2


def killed(trial):
    value = objective(trial)
    if trial.number > 5:
        raise KeyboardInterrupt
    return value


def test_a_sweep_goes_on_from_its_file(tmp_path):
    path = tmp_path / "sweep.db"
    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(path, 30, killed)
    before = [trial.params for trial in sweep.sweep(path, 0, objective).trials]
    study = sweep.sweep(path, 30, objective)
    assert len(study.trials) == 31  # one gave no verdict
    assert [trial.params for trial in study.trials[: len(before)]] == before
    assert len({trial.params["x"] for trial in study.trials}) == 31
    states = {trial.state.name for trial in study.trials}
    assert "PRUNED" in states and "COMPLETE" in states
    assert abs(study.best_params["x"] - 3) < 1
    assert len(sweep.sweep(path, 30, objective).trials) == 31


def test_a_trial_trains_and_reports_each_stage(tmp_path):
    seen = []

    class Seen(optuna.trial.FixedTrial):
        def report(self, value, step):
            seen.append((step, value))

    trial = Seen({"latent_dim": 8, "r1_gamma": 1.0})
    last = sweep.make_objective(num_steps=8, num_pictures=160)(trial)
    assert [step for step, _ in seen] == [0, 1, 2, 3]
    assert last == seen[-1][1] > 0
