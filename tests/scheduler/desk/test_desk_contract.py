"""Whatever the description of the API allows, and what it does not: schemathesis asks a desk for it."""

from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from scheduler.desk.api import spec
from scheduler.desk.server import serving
from tests.scheduler.desk.test_desk_api import filled, program

# Of each operation so many requests that are right, and so many that are wrong.
REQUESTS = 6
# What is there; of what is not, the wrong requests ask.
KNOWN = {"alert_id": 1, "article_id": 1, "watch_id": 1, "key": "furat"}
# A check asks the site itself, in a process of its own.
LEFT_OUT = {("POST", "/api/v1/sites/{key}/check")}


@pytest.mark.long
def test_no_request_fails_the_desk_and_every_answer_is_as_described(newsdesk_of, sqlite_url):
    desk = filled(newsdesk_of(sqlite_url))
    authorization = program(desk).headers["authorization"]
    # A minute has 300 requests: in this one hardly any time passes for as many.
    ticks = count()

    def clock():
        return desk.now + timedelta(seconds=next(ticks))

    with serving(desk.config, clock, {}, pytest.fail) as served:
        asked = sum(_ask(operation, served.base, authorization) for operation in operations())

    assert asked >= 2 * REQUESTS * len(list(operations()))


def operations():
    """The operations of the document that ask nothing of other machines."""
    import schemathesis

    schema = schemathesis.openapi.from_dict(spec.document())
    for result in schema.get_all_operations():
        operation = result.ok()
        if (operation.method.upper(), operation.path) not in LEFT_OUT:
            yield operation


def _ask(operation, base, authorization):
    """Ask for an operation rightly and wrongly, and hold each answer to the document."""
    from schemathesis import GenerationMode

    named = {each.name for each in operation.path_parameters} & KNOWN.keys()
    there = {name: KNOWN[name] for name in named} or None
    right = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=there)
    wrong = operation.as_strategy(GenerationMode.NEGATIVE)
    return sum(_held(cases, base, authorization) for cases in (right, wrong))


def _held(cases, base, authorization):
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as of_openapi

    asked = 0
    held = [
        checks.not_a_server_error,
        of_openapi.status_code_conformance,
        of_openapi.content_type_conformance,
        of_openapi.response_schema_conformance,
        of_openapi.response_headers_conformance,
    ]

    @seed(0)
    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def ask(case):
        nonlocal asked
        # A longer head of a request is no HTTP to the server: it hangs up.
        assume(len(urlencode(case.query or {}, doseq=True)) < 30_000)
        asked += 1
        answer = case.call(base_url=base, headers={"Authorization": authorization})
        case.validate_response(answer, checks=held)

    ask()
    return asked
