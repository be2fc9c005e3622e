"""What is told about the settings, to people and to programs: everything but secrets."""

from pathlib import Path

import pytest

from gatepass.server.settings import Shown, load, shown
from gatepass.server.settings.display import redacted

KEY = "hunter2" * 5


def told(environ: dict[str, str]) -> dict[str, Shown]:
    """What is shown with these variables, by setting."""
    return {one.name: one for one in shown(load(environ=environ))}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the command is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_in_effect_is_shown_where_a_default_depends_on_others(folder: Path) -> None:
    told_all = told({"GATEPASS_PORT": "9000"})
    assert told_all["issuer"].text == "http://127.0.0.1:9000"
    assert told_all["issuer"].source == "default"
    assert told_all["database"].text == f"sqlite:///{folder}/gatepass-data/gatepass.db"
    assert told_all["data"].text == f"{folder}/gatepass-data"


def test_an_issuer_that_cannot_be_known_is_not_set() -> None:
    assert told({"GATEPASS_PORT": "0"})["issuer"].value is None


def test_durations_are_humane_for_people_and_whole_seconds_for_programs() -> None:
    lifetime = told({"GATEPASS_ACCESS_LIFETIME": "600s"})["access_lifetime"]
    assert (lifetime.text, lifetime.value) == ("10m", 600)


def test_lists_are_lists_for_programs() -> None:
    told_all = told({"GATEPASS_AUDIENCES": "money=https://a.test,https://b.test", "GATEPASS_PROXY": "10.0.0.7"})
    assert told_all["audiences"].text == "money=https://a.test, https://b.test"
    assert told_all["audiences"].value == ["money=https://a.test", "https://b.test"]
    assert told_all["proxy"].value == ["10.0.0.7/32"]
    assert told_all["origins"].value == []
    assert told_all["origins"].text == "(not set)"


def test_no_secret_is_shown_in_any_form() -> None:
    told_all = told(
        {
            "GATEPASS_SECRET_KEY": KEY,
            "GATEPASS_SHARED_SECRETS": f"money={KEY}",
            "GATEPASS_DATABASE": "postgresql://gatepass:hunter2@db/people",
        }
    )
    assert "hunter2" not in str(list(told_all.values()))
    assert told_all["secret_key"].text == "(set, not shown)"
    assert told_all["shared_secrets"].value is None
    assert told_all["database"].text == "postgresql://gatepass:…@db/people"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("postgresql://db/people", "postgresql://db/people"),
        ("postgresql://gatepass@db:5432/people", "postgresql://gatepass@db:5432/people"),
        ("postgres://gatepass:hunter2@a:1,[::1]:2/people", "postgres://gatepass:…@a:1,[::1]:2/people"),
        ("postgresql://db/people?password=hunter2", "postgresql://db/people?…"),
        # What is not plainly a URL may hold a part of the password anywhere.
        ("postgresql://gatepass:hun/ter2@db/people", "(set, not shown)"),
        ("postgresql://gatepass:hun@ter2@db/people", "(set, not shown)"),
        ("postgresql://gatepass:hun/ter2?x@db/people", "(set, not shown)"),
        ("postgresql://gatepass:hunter2", "(set, not shown)"),
        ("mysql://root:hunter2@db", "(set, not shown)"),
        ("hunter2", "(set, not shown)"),
        ("sqlite:////srv/people.db", "sqlite:////srv/people.db"),
    ],
)
def test_a_database_url_is_shown_without_what_could_be_a_password(url: str, text: str) -> None:
    assert redacted(url) == text
