# SPDX-License-Identifier: Apache-2.0
"""The peers that privacy auditing libraries give. A module that is missing is left out."""

import importlib.util
import pathlib
import sys

import numpy as np

from measure import measure

folder = pathlib.Path(sys.argv[1])


def exposures_module():
    """The one file of tensorflow_privacy, without the package that imports tensorflow."""
    for root in sys.path:
        path = pathlib.Path(root) / "tensorflow_privacy/privacy/privacy_tests/secret_sharer"
        if (path / "exposures.py").exists():
            spec = importlib.util.spec_from_file_location("exposures", path / "exposures.py")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    return None


exposures = exposures_module()
if exposures:
    references = np.fromfile(folder / "exposure-references.f64", dtype="<f8")
    canaries = np.fromfile(folder / "exposure-canaries.f64", dtype="<f8")
    # Perplexities: lower is more leaked.
    measure(
        "exposure-ranks", "tensorflow_privacy compute_exposure_interpolation",
        lambda: np.sort(
            exposures.compute_exposure_interpolation({0: -canaries}, -references)[0]),
        times=1,
    )

try:
    from jax_privacy import auditing
except ImportError:
    auditing = None
if auditing:
    measure(
        "one-run-epsilon", "jax_privacy auditing, one split",
        lambda: [
            auditing._epsilon_one_run(0.0, 10_000, 10_000, correct, 0.05, 1e-6)
            for correct in [5_600, 7_000, 9_000]
        ],
    )
