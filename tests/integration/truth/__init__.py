"""What really happened, told by whoever made it happen, to hold the exporter's figures against.

Nothing in here asks the exporter's code what anything means: players, countries, reasons and sums are told by hand.
"""

import pytest

# What is checked in there should say what was wrong as plainly as a test does.
pytest.register_assert_rewrite("tests.integration.truth.webhooks", "tests.integration.truth.station")
