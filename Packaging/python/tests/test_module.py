# SPDX-License-Identifier: Apache-2.0
"""The module as it is installed: python -m unittest test_module, with PAGE the path of docs/install.md."""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import types
import unittest

import coalmine
from coalmine.training import TrainedCallback, expect_seeded

try:
    import pandas
except ImportError:
    pandas = None


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
        # A small study: one that can pass has more references and samples.
        cls.protocol = path / "protocol.yaml"
        cls.plan = coalmine.plan(output=cls.protocol, canaries=40, score="secret-logprob")
        text = cls.protocol.read_text()
        for more, fewer in [("references: 255", "references: 7"), ("samples: 16", "samples: 1"),
                            ("permutations: 9999", "permutations: 999")]:
            assert more in text
            text = text.replace(more, fewer)
        cls.protocol.write_text(text)
        cls.seeding = coalmine.seed(cls.corpus, output=cls.seeded, study=cls.study,
                                    protocol=cls.protocol, hold_out=20)

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

    def path(self, name):
        return pathlib.Path(self.folder.name) / name

    def test_an_error_has_a_class_a_code_and_a_slug(self):
        with self.assertRaises(coalmine.MissingInput) as caught:
            coalmine.report(self.path("none.coalmine"))
        self.assertEqual(caught.exception.code, 66)
        self.assertEqual(caught.exception.slug, "ledger-missing")
        self.assertIn("none.coalmine", str(caught.exception))
        self.assertTrue(coalmine.explain(caught.exception.slug))
        with self.assertRaises(coalmine.UsageError):
            coalmine.status("--no-option")
        # A value that looks like an option is a value.
        with self.assertRaises(coalmine.MissingInput):
            coalmine.scan(self.seeded, study="--json")

    def test_verbs_before_training_have_typed_results(self):
        self.assertEqual(self.seeding.canaries, self.seeding.inserted + self.seeding.held_out)
        self.assertGreater(self.seeding.preflight.copies, 0)
        self.assertEqual(self.plan.canaries, 40)
        self.assertEqual(self.seeding.canaries, 40)
        found = coalmine.preflight(self.seeded, study=self.study)
        self.assertEqual(found.copies, self.seeding.copies)
        self.assertEqual({finding.family for finding in found.findings} & {"scrubber"}, {"scrubber"})
        self.assertTrue(coalmine.verify(self.seeded, study=self.study).verified)
        differs = coalmine.verify(self.corpus, study=self.study)
        self.assertFalse(differs.verified)
        self.assertTrue(differs.problems)
        self.assertTrue(coalmine.verify(study=self.study).verified)
        processed = coalmine.verify_processed(self.seeded, study=self.study)
        self.assertEqual(processed.copies_intact, self.seeding.copies)
        restored = self.path("restored.txt")
        coalmine.unseed(self.seeded, study=self.study, output=restored)
        self.assertEqual(restored.read_bytes(), self.corpus.read_bytes())
        self.assertIn("email", [kind["name"] for kind in coalmine.listed("kinds")])

    def test_a_commitment_is_made_and_proven(self):
        commitment, disclosed = self.path("commitment.json"), self.path("disclosed.json")
        made = coalmine.commit(self.study, commitment)
        coalmine.disclose(self.study, disclosed)
        for proof in [{"study": self.study}, {"disclosed": disclosed}]:
            self.assertTrue(coalmine.verify_commitment(commitment, **proof).verified)
        self.assertEqual(len(made.commitment_sha256), 64)
        disclosed.write_text(disclosed.read_text().replace(made.root, "0" * 64).replace(
            made.commitment_sha256, "0" * 64))
        self.assertFalse(coalmine.verify_commitment(commitment, disclosed=disclosed).verified)

    def test_shards_are_merged_into_one_study(self):
        study, folder = self.path("shards.coalmine"), self.path("shards")
        parts = []
        lines = self.corpus.read_text().splitlines(keepends=True)
        for number in range(2):
            parts.append(self.path(f"part-{number}.txt"))
            parts[-1].write_text("".join(lines[number::2]))
        planned = coalmine.plan_shards(
            *parts, study=study, shards=2, protocol=self.protocol, hold_out=20)
        for number in (1, 2):
            coalmine.seed_shard(
                *parts, study=study, shard=number, shards=2, output_dir=folder)
        merged = coalmine.merge(folder, study=study)
        self.assertEqual((merged.files, merged.copies), (2, planned.copies))

    def test_scan_finds_what_was_planted_and_clean_means_searched(self):
        found = coalmine.scan(self.seeded, study=self.study)
        self.assertFalse(found.clean)
        self.assertEqual({hit.form for hit in found.hits}, {"exact"})
        data = self.seeded.read_bytes()
        for hit in found.hits:
            self.assertLessEqual(hit.offset + hit.length, len(data))
        self.assertTrue(coalmine.scan(text="nothing here", study=self.study).clean)
        log = self.path("log.jsonl")
        log.write_text('{"other": 1}\n')
        unsearched = coalmine.scan(log, study=self.study, field="message")
        self.assertFalse(unsearched.complete or unsearched.clean)
        patterns = self.path("service.patterns")
        coalmine.write_patterns(self.study, patterns, least_bits=8)
        self.assertTrue(coalmine.scan(self.seeded, patterns=patterns).hits)

    def test_a_model_is_asked_scored_compared_watched_and_retired(self):
        study, later = self.path("asked.coalmine"), self.path("later.coalmine")
        shutil.copy(self.study, study)
        with coalmine.serve(self.seeded, memorisation=0.9) as url:
            asked = {"endpoint": url, "model": "demo-model"}
            checked = coalmine.check(**asked)
            self.assertTrue(checked.able)
            self.assertIn("scores-text", checked.verified)
            few = {**asked, "probe_set": "exposure"}
            estimate = coalmine.estimate(study, **few)
            run = coalmine.probe(study, **few)
            self.assertTrue(run.complete)
            self.assertEqual(run.questions, estimate.questions)
            shutil.copy(study, later)
            watched = coalmine.monitor(later, **asked)
            self.assertEqual([look.look for look in watched.looks], [1])
            self.assertEqual(watched.alarm, watched.evidence >= watched.threshold)
        with self.assertRaises(coalmine.EndpointUnavailable):
            coalmine.check(**asked)
        report = coalmine.report(study)
        self.assertIn(report.verdict, list(coalmine.VERDICTS.values()))
        verdict, files = coalmine.write_reports(
            study, ["json", "csv", "csv-records", "junit"], self.path("reports"))
        self.assertEqual(verdict, report.verdict)
        self.assertTrue(all(file.is_file() for file in files) and len(files) == 4)
        compared = coalmine.compare(study, later)
        self.assertEqual(compared.verdict, "inconclusive" if not compared.no_worse else "no-worse")
        self.assertEqual([row.run for row in coalmine.history(study).runs], [run.run])
        self.assertTrue(coalmine.status(study).next.sentence)
        if pandas is not None:
            frame = coalmine.canaries(study)
            self.assertEqual(list(frame.index), [row["id"] for row in report.result["canaries"]])
            missing = frame["exposure_status"] != "measured"
            self.assertTrue((frame["exposure_bits"].isna() == missing).all())
            self.assertTrue(frame.equals(coalmine.canaries(files[1])))
            self.assertEqual(len(coalmine.records(study)), 40)
            self.assertEqual(len(coalmine.history(study).frame()), 1)
        self.assertTrue(coalmine.retire(later, unfinished=True).retired)
        with self.assertRaises(coalmine.CoalmineError):
            coalmine.scan(self.seeded, study=later)

    def test_the_callback_refuses_another_file_before_training(self):
        state = types.SimpleNamespace(epoch=2.5, is_world_process_zero=True)
        other = TrainedCallback(self.study, "my-model", self.corpus)
        with self.assertRaises(coalmine.NotVerified):
            other.on_train_begin(None, state, None)
        callback = TrainedCallback(self.study, "my-model", self.seeded, job="job-7")
        callback.on_train_begin(None, state, None)
        state.is_world_process_zero = False
        callback.on_train_end(None, state, None)
        self.assertFalse(coalmine.status(self.study).training_is_stated)
        state.is_world_process_zero = True
        callback.on_train_end(None, state, None)
        training = coalmine.report(self.study).result["study"]["training"]
        self.assertEqual(
            [training["model"], training["epochs"], training["job"]], ["my-model", 2.5, "job-7"])
        expect_seeded(self.study, self.seeded)

    @unittest.skipUnless(importlib.util.find_spec("pytest"), "needs pytest")
    def test_the_gates_of_pytest_fail_without_a_pass(self):
        gate, study, log = self.path("test_gate.py"), str(self.study), self.path("clean.log")
        log.write_text("nothing here\n")
        gate.write_text(
            f"def test_passes(coalmine_passes):\n    coalmine_passes({study!r})\n"
            f"def test_seeded(coalmine_clean):\n    coalmine_clean({str(self.seeded)!r}, study={study!r})\n"
            f"def test_log(coalmine_clean):\n    coalmine_clean({str(log)!r}, study={study!r})\n"
            f"def test_worse(coalmine_no_worse):\n    coalmine_no_worse({study!r}, {study!r})\n")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(gate)],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("coalmine: incomplete", done.stdout)
        self.assertIn("(exact) in", done.stdout)
        self.assertIn("3 failed, 1 passed", done.stdout)

    def test_the_examples_of_the_documentation_run(self):
        page = pathlib.Path(os.environ["PAGE"]).read_text()
        blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        run = [block for block in blocks if "transformers." not in block and "def test_" not in block]
        self.assertGreaterEqual(len(run), 2)
        before = os.getcwd()
        os.chdir(tempfile.mkdtemp(dir=self.folder.name))
        try:
            shutil.copy(self.corpus, "corpus.txt")
            shutil.copy(self.protocol, "protocol.yaml")
            names = {}
            for block in run:
                if pandas is None:
                    block = re.sub(r"^.*a pandas data frame$", "", block, flags=re.MULTILINE)
                exec(compile(block, os.environ["PAGE"], "exec"), names)
        finally:
            os.chdir(before)


if __name__ == "__main__":
    unittest.main()
