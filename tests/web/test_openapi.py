"""The API does what its OpenAPI says, whatever it is asked; skipped where schemathesis is not installed."""

from types import SimpleNamespace

import pytest

pytest.importorskip("schemathesis")
import schemathesis
from hypothesis import HealthCheck, given, settings

from surveil.config import Config
from surveil.web import app
from tests.web.stub import StubWatch, alert

_THESE = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_what_the_api_says_of_itself_is_so(tmp_path):
    made = app(
        StubWatch(tmp_path, [alert()], SimpleNamespace(features=(), lines=(), places=())),
        Config(web={"hosts": ["testserver"]}),
    )
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", made)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 10
    for operation in operations:

        @_THESE
        @given(case=operation.as_strategy())
        def holds(case):
            case.call_and_validate(headers={"x-csrf-token": made.state.access.local.csrf})

        holds()
