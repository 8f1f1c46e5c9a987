"""What all scenarios begin with. A folder below has one crew, which works as long as its tests last."""

from datetime import datetime

import pytest

from tests.live.scenarios.lead import moment


@pytest.fixture
def now() -> datetime:
    """T: what is told together has one time, so that nothing decays in between."""
    return moment()
