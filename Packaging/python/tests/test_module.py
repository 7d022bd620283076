# SPDX-License-Identifier: Apache-2.0
"""The module as it is installed: python -m unittest test_module, with PROTOCOL the path of a protocol."""

import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest

import coalmine
from coalmine.training import TrainedCallback, expect_seeded


class Module(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(cls.folder.name)
        cls.corpus, cls.seeded, cls.study = (
            path / name for name in ["corpus.txt", "seeded.txt", "study.coalmine"])
        cls.corpus.write_text("".join(
            f"The ferry number {number} leaves the harbour at {number % 24} o'clock.\n"
            for number in range(600)))
        coalmine.run("seed", cls.corpus, "--output", cls.seeded, "--study", cls.study,
                     "--protocol", os.environ["PROTOCOL"], "--hold-out", "20")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_program_is_that_of_the_package(self):
        self.assertNotIn("COALMINE", os.environ)
        self.assertTrue(coalmine.program().startswith(sys.prefix))
        self.assertRegex(coalmine.run("--version").text, r"^\d+\.\d+\.\d+")

    def test_a_study_that_was_not_probed_is_no_pass(self):
        report = coalmine.report(self.study)
        self.assertEqual(report.verdict, "incomplete")
        self.assertFalse(report.passed)
        self.assertTrue(report.findings)

    def test_an_error_has_code_and_words(self):
        with self.assertRaises(coalmine.CoalmineError) as caught:
            coalmine.run("score", "--study", self.study.with_name("none.coalmine"))
        self.assertEqual(caught.exception.code, 66)
        self.assertIn("none.coalmine", str(caught.exception))

    def test_the_callback_refuses_another_file_before_training(self):
        state = types.SimpleNamespace(epoch=2.5)
        other = TrainedCallback(self.study, "my-model", self.corpus)
        with self.assertRaises(coalmine.CoalmineError):
            other.on_train_begin(None, state, None)
        callback = TrainedCallback(self.study, "my-model", self.seeded, job="job-7")
        callback.on_train_begin(None, state, None)
        callback.on_train_end(None, state, None)
        training = coalmine.report(self.study).result["study"]["training"]
        self.assertEqual(
            [training["model"], training["epochs"], training["job"]], ["my-model", 2.5, "job-7"])
        expect_seeded(self.study, self.seeded)

    def test_the_gate_of_pytest_fails_without_a_pass(self):
        gate = pathlib.Path(self.folder.name) / "test_gate.py"
        gate.write_text(
            f"def test_gate(coalmine_passes):\n    coalmine_passes({str(self.study)!r})\n")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(gate)],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("coalmine: incomplete", done.stdout)


if __name__ == "__main__":
    unittest.main()
