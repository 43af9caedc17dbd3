"""The description at /api/docs: true, complete, and with examples that work as they stand."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from jsonschema import Draft202012Validator

from mentormap.accounts.models import User
from tests import make
from tests.api.conftest import Api
from tests.conftest import Stripe

Json = dict[str, Any]


@pytest.fixture
def document() -> Json:
    return dict(Client().get("/api/openapi.json").json())


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def schema_of(document: Json, name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def errors_in(document: Json, schema: Json, value: Any) -> list[str]:
    whole = schema | {"components": document["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_it_names_every_operation_of_the_contract(document: Json) -> None:
    assert {f"{method} {path}" for method, path, _ in operations(document)} == {
        "POST /api/auth/login",
        "POST /api/auth/logout",
        "GET /api/mentors/",
        "GET /api/mentors/{mentor_id}",
        "GET /api/mentors/{mentor_id}/slots",
        "POST /api/payments/create-checkout-session",
        "POST /api/payments/webhook",
        "GET /api/sessions/",
        "GET /api/sessions/latest",
        "GET /api/sessions/{session_id}",
        "PATCH /api/sessions/{session_id}",
        "PUT /api/sessions/{session_id}/reschedule",
        "PUT /api/sessions/{session_id}/cancel",
        "POST /api/sessions/{session_id}/no-show",
        "GET /api/sessions/{session_id}/no-show",
        "DELETE /api/sessions/{session_id}/no-show",
        "GET /api/sessions/{session_id}/calendar.ics",
    }


def test_operations_without_a_token_are_those_of_the_contract(document: Json) -> None:
    public = {path for _, path, operation in operations(document) if not operation.get("security")}
    assert public == {
        "/api/auth/login",
        "/api/mentors/",
        "/api/mentors/{mentor_id}",
        "/api/mentors/{mentor_id}/slots",
        "/api/payments/webhook",
    }


def test_refusals_are_problem_documents(document: Json) -> None:
    for _, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], path


def test_every_example_fits_its_schema(document: Json) -> None:
    schemas = document["components"]["schemas"]
    examples = {name: schema["example"] for name, schema in schemas.items() if "example" in schema}
    assert {
        "Credentials",
        "Token",
        "Mentor",
        "Slots",
        "Booking",
        "Checkout",
        "Session",
        "Notes",
        "NewTime",
        "NoShowText",
        "NoShow",
        "Problem",
    } <= set(examples)
    found = {name: errors_in(document, schema_of(document, name), value) for name, value in examples.items()}
    assert [name for name, faults in found.items() if faults] == []


@pytest.fixture
def world(stripe: Stripe, now: datetime) -> User:
    """What the examples speak of: the demo's student, mentor 1, and session 7 of theirs; session 8 has begun a quarter of an hour ago."""
    student = make.person("Sam", email="student@example.com", id=3)
    student.set_password("mentormap-demo")
    student.save()
    mentor = make.mentor(id=1)
    make.session(id=8, student=student, mentor=mentor, starts_at=now - timedelta(minutes=15))
    make.session(id=7, student=student, mentor=mentor, starts_at=now.replace(hour=18) + timedelta(days=2))
    return student


def example_of(document: Json, operation: Json) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    return document["components"]["schemas"][reference.split("/")[-1]]["example"] if reference else None


@pytest.mark.django_db
def test_every_example_works_as_it_stands(api: Api, document: Json, world: User, now: datetime) -> None:
    """Each operation is sent its documented example, and must answer as documented."""
    login = next(operation for _, path, operation in operations(document) if path == "/api/auth/login")
    api.tokens[world.pk] = api.post("auth/login", example_of(document, login)).json["access_token"]
    tried = 0
    for method, path, operation in sorted(operations(document), key=lambda one: "logout" in one[1]):
        if path == "/api/payments/webhook":
            continue
        number = "8" if path.endswith("/no-show") else "7"
        address = path.replace("{mentor_id}", "1").replace("{session_id}", number).removeprefix("/api/")
        token = world if operation.get("security") else None
        answer = api.send(method, address, example_of(document, operation), as_=token)
        documented = operation["responses"][str(answer.status)]
        assert answer.status < 300, (path, answer.response.content)
        for media_type, content in documented.get("content", {}).items():
            assert answer.headers["Content-Type"].startswith(media_type)
            if media_type == "application/json":
                assert errors_in(document, content["schema"], answer.json) == []
        tried += 1
    assert tried == 16


@pytest.mark.django_db
def test_the_documented_times_are_always_still_ahead(api: Api, document: Json, now: datetime) -> None:
    schemas = api.get("openapi.json").json["components"]["schemas"]
    times = [schemas[name]["example"]["scheduled_at"] for name in ("Booking", "NewTime")]
    assert times == ["2026-11-24T14:00:00", "2026-11-26T14:00:00"]


def test_the_page_uses_our_own_files_alone() -> None:
    response = Client().get("/api/docs")
    page = response.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [source for source in sources if source.endswith(".css")] == [
        "/static/ninja/swagger-ui.css",
        "/static/api/docs.css",
    ]
    assert all(finders.find(source.removeprefix("/static/")) for source in sources)
    assert "https://" not in page


def test_the_page_has_a_policy_of_its_own() -> None:
    policy = Client().get("/api/docs")["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "'self' 'unsafe-inline'" in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
