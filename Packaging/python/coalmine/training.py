# SPDX-License-Identifier: Apache-2.0
"""Notes in the study that a model was trained.

    from coalmine.training import TrainedCallback

    trainer = transformers.Trainer(..., callbacks=[
        TrainedCallback("study.coalmine", model="my-model", file="seeded.jsonl")])

The file is compared with the seeded one before training begins: training on another file stops there,
and not after the money is spent.
"""

from .program import run

try:
    from transformers import TrainerCallback as _Base
except ImportError:
    _Base = object


def expect_seeded(study, file):
    """Raises CoalmineError where `file` is not the seeded corpus of `study`, byte for byte."""
    run("verify", file, "--study", study)


def note_trained(study, model, epochs, file=None, job=None):
    """Notes in the study which model was trained, for how many epochs, on which file."""
    more = []
    if file is not None:
        more += ["--file", file]
    if job is not None:
        more += ["--job", job]
    run("trained", "--study", study, "--model", model, "--epochs", str(epochs), *more)


class TrainedCallback(_Base):
    """A callback for `transformers.Trainer`: checks the file first, and notes the training last.

    A training that was stopped early notes the epochs that it came to.
    """

    def __init__(self, study, model, file, job=None):
        self.study = study
        self.model = model
        self.file = file
        self.job = job

    def on_train_begin(self, args, state, control, **kwargs):
        expect_seeded(self.study, self.file)

    def on_train_end(self, args, state, control, **kwargs):
        note_trained(self.study, self.model, state.epoch, self.file, self.job)
