"""`gatepass clients`: a service gets a secret, shown once."""

from tests.support.command import Command

BANK = "https://bank.example.com"


def added(gatepass: Command) -> dict[str, str]:
    """The bank, with its secret."""
    gatepass("audiences", "add", BANK)
    found: dict[str, str] = gatepass("clients", "add", "The bank", "--audience", BANK, "--json").json
    return found


def test_a_client_is_added_for_a_declared_audience_and_its_secret_shown_once(gatepass: Command) -> None:
    made = added(gatepass)
    assert (len(made["id"]), len(made["secret"])) == (22, 43)
    [told] = gatepass("clients", "list", "--json").json
    assert told == {name: value for name, value in made.items() if name != "secret"}
    assert made["secret"] not in gatepass("clients", "list").out


def test_people_are_told_that_the_secret_is_shown_this_once(gatepass: Command) -> None:
    gatepass("audiences", "add", BANK)
    said = gatepass("clients", "add", "The bank", "--audience", f"{BANK}/")
    assert "secret " in said.out
    assert "shown this once" in said.err


def test_a_client_of_an_undeclared_audience_is_refused(gatepass: Command) -> None:
    gatepass.user("anna")
    said = gatepass("clients", "add", "The bank", "--audience", BANK)
    assert (said.code, said.err) == (1, "gatepass: This audience is not declared.\n")


def test_a_secret_is_rotated_with_a_day_for_the_old_one_or_none(gatepass: Command) -> None:
    made = added(gatepass)
    rotated = gatepass("clients", "rotate-secret", made["id"], "--json").json
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_good_until_at"] == rotated["rotated_at"] + 86_400
    at_once = gatepass("clients", "rotate-secret", made["id"], "--now", "--json").json
    assert at_once["previous_good_until_at"] == at_once["rotated_at"]


def test_a_removed_client_is_gone(gatepass: Command) -> None:
    made = added(gatepass)
    assert gatepass("clients", "remove", made["id"]).out == "The service gets no more answers.\n"
    again = gatepass("clients", "remove", made["id"])
    assert (again.code, again.err) == (1, "gatepass: There is no client with this id.\n")
    assert gatepass("clients", "rotate-secret", made["id"]).code == 1
    assert gatepass("clients", "list").out.startswith("None yet: gatepass clients add")


def test_an_id_that_begins_with_a_dash_is_no_option(gatepass: Command) -> None:
    gatepass.user("anna")
    said = gatepass("clients", "remove", "-AAAAAAAAAAAAAAAAAAAAA")
    assert said.err == "gatepass: There is no client with this id.\n"
