# SPDX-License-Identifier: Apache-2.0
"""A gate for pytest:

    def test_model_does_not_leak(coalmine_passes):
        coalmine_passes("study.coalmine")

The test fails for every verdict but `pass`, with the reasons.
"""

import pytest

from .reports import report


@pytest.fixture
def coalmine_passes():
    def check(study, run_number=None):
        found = report(study, run_number)
        if not found.passed:
            pytest.fail(f"coalmine: {found.verdict}\n" + "\n".join(found.findings), pytrace=False)
        return found

    return check
