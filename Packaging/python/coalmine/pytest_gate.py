# SPDX-License-Identifier: Apache-2.0
"""Gates for pytest:

    def test_model_does_not_leak(coalmine_passes):
        coalmine_passes("study.coalmine")

    def test_release_is_no_worse(coalmine_no_worse):
        coalmine_no_worse("last.coalmine", "this.coalmine")

    def test_log_holds_no_secret(coalmine_clean):
        coalmine_clean("service.log", study="study.coalmine")

Each fails for everything but what its name says, with the reasons.
"""

import pytest

from .reports import report
from .verbs import compare, scan


@pytest.fixture
def coalmine_passes():
    """The verdict is `pass`."""

    def check(study, run_number=None):
        found = report(study, run_number)
        if not found.passed:
            pytest.fail(f"coalmine: {found.verdict}\n" + "\n".join(found.findings), pytrace=False)
        return found

    return check


@pytest.fixture
def coalmine_no_worse():
    """The later model is no worse than the earlier one by the margin."""

    def check(first, second=None, **named):
        found = compare(first, second, **named)
        if not found.no_worse:
            pytest.fail(f"coalmine: {found.verdict}\n" + "\n".join(found.findings), pytrace=False)
        return found

    return check


@pytest.fixture
def coalmine_clean():
    """No planted secret stands in the files, and they held what was to be searched."""

    def check(*inputs, **named):
        found = scan(*inputs, **named)
        if not found.clean:
            places = [f"{hit.canary} ({hit.form}) in {hit.input} at {hit.offset}" for hit in found.hits]
            pytest.fail("coalmine: " + ("\n".join(places) or "nothing was searched"), pytrace=False)
        return found

    return check
