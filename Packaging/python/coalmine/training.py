# SPDX-License-Identifier: Apache-2.0
"""Notes in the study that a model was trained.

    from coalmine.training import TrainedCallback

    trainer = transformers.Trainer(..., callbacks=[
        TrainedCallback("study.coalmine", model="my-model", file="seeded.jsonl")])

The file is compared with the seeded one before training begins: training on another file stops there,
and not after the money is spent.
"""

from . import verbs
from .program import NotVerified

try:
    from transformers import TrainerCallback as _Base
except ImportError:
    _Base = object


def expect_seeded(study, file):
    """Raises NotVerified where `file` is not the seeded corpus of `study`, byte for byte."""
    found = verbs.verify(file, study=study)
    if not found.verified:
        raise NotVerified(5, f"{file} is not the seeded corpus of {study}: {'; '.join(map(str, found.problems))}")


class TrainedCallback(_Base):
    """A callback for `transformers.Trainer`: checks the file first, and notes the training last.

    A training that was stopped early notes the epochs that it came to. Of several processes the main one notes.
    """

    def __init__(self, study, model, file, job=None):
        self.study = study
        self.model = model
        self.file = file
        self.job = job

    def on_train_begin(self, args, state, control, **kwargs):
        expect_seeded(self.study, self.file)

    def on_train_end(self, args, state, control, **kwargs):
        if state.is_world_process_zero:
            verbs.trained(self.study, self.model, state.epoch, file=self.file, job=self.job)
