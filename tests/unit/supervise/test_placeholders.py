"""Placeholders: values of a spec that other actors publish."""

import pytest

from engine.errors import LocalProtocolError
from engine.supervise.placeholders import Published, needed_actors, resolve

PUBLISHED = {"sim": {"endpoints": {"http": "http://h:1", "ws": "ws://h:2"}, "ports": [1, 2]}}


def test_values_are_found_wherever_they_stand() -> None:
    """Placeholders in mappings, lists and at the top are replaced; everything else stays."""
    settings = {
        "url": Published("sim", "endpoints.http"),
        "all": [Published("sim", "endpoints"), "plain"],
        "n": 1,
    }
    assert resolve(settings, PUBLISHED) == {
        "url": "http://h:1",
        "all": [{"http": "http://h:1", "ws": "ws://h:2"}, "plain"],
        "n": 1,
    }
    assert resolve(Published("sim"), PUBLISHED) == PUBLISHED["sim"]


def test_nothing_is_shared_with_the_publisher() -> None:
    """Changing what was resolved does not change what was published."""
    resolved = resolve({"all": Published("sim")}, PUBLISHED)
    assert isinstance(resolved, dict)
    resolved["all"]["ports"].append(3)
    assert PUBLISHED["sim"]["ports"] == [1, 2]


def test_text_that_looks_like_a_placeholder_stays_text() -> None:
    """No text of a configuration can refer to another actor."""
    text = "Published('sim', 'endpoints.http') ${sim:endpoints.http}"
    assert resolve({"note": text}, PUBLISHED) == {"note": text}


@pytest.mark.parametrize(
    ("placeholder", "message"),
    [
        (Published("other"), "other has not published anything yet"),
        (Published("sim", "endpoints.tcp"), "sim does not publish 'endpoints.tcp'"),
        (Published("sim", "ports.0"), "sim does not publish 'ports.0'"),
    ],
)
def test_what_is_not_published_is_refused(placeholder: Published, message: str) -> None:
    """A missing actor or key is an error that names both."""
    with pytest.raises(LocalProtocolError, match=message):
        resolve({"x": placeholder}, PUBLISHED)


def test_the_needed_actors_are_found() -> None:
    """Whom a spec waits for follows from its placeholders."""
    assert needed_actors({"a": [Published("x")], "b": {"c": Published("y", "z")}}) == {"x", "y"}
    assert needed_actors("plain") == frozenset()
