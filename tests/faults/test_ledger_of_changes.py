"""The model of acknowledged changes: what it calls wrong, and what it leaves open."""

from tests.support.soak.ledger import Device, Ledger, Person, State, Verdict


def signed_in(ledger: Ledger) -> tuple[Person, Device]:
    """Ada, with one device."""
    ada = ledger.joined("ada", "first")
    return ada, ledger.started(ada, "access", "refresh")


def test_what_agrees_with_the_answers_is_good() -> None:
    ledger = Ledger()
    ada, phone = signed_in(ledger)
    ledger.let_in(phone, "a token")
    ledger.rotated(phone, "access 2", "refresh 2")
    ledger.ended("sign-out", [phone])
    ledger.turned_away(phone, "a token")
    ledger.password_taken(ada, "first")
    assert ledger.verdict().good
    assert str(ledger.verdict()) == "lost: 0, wrongly accepted: 0, wrongly refused: 0, 5xx outside faults: 0"
    assert (phone.access, phone.refresh, phone.spent) == ("access 2", "refresh 2", ["refresh"])


def test_a_device_that_was_signed_out_must_not_be_let_in() -> None:
    ledger = Ledger()
    _, phone = signed_in(ledger)
    ledger.ended("sign-out", [phone])
    ledger.let_in(phone, "a token")
    assert ledger.verdict() == Verdict(lost=0, accepted=1, refused=0, errors=0)


def test_a_device_that_is_signed_in_must_not_be_turned_away() -> None:
    """Once: what follows from it is not counted again."""
    ledger = Ledger()
    _, phone = signed_in(ledger)
    ledger.turned_away(phone, "a token")
    ledger.turned_away(phone, "a token")
    assert ledger.verdict() == Verdict(lost=0, accepted=0, refused=1, errors=0)


def test_in_the_audit_every_difference_is_a_lost_change() -> None:
    ledger = Ledger()
    ada, phone = signed_in(ledger)
    laptop = ledger.started(ada, "a", "r")
    ledger.ended("sign-out", [laptop])
    ledger.auditing = True
    ledger.turned_away(phone, "a refresh token")
    ledger.let_in(laptop, "a refresh token")
    ledger.password_refused(ada, "first")
    ledger.called(ada, "Ada")
    assert ledger.verdict() == Verdict(lost=4, accepted=0, refused=0, errors=0)
    assert all(sentence.startswith("lost: ") for sentence in ledger.found)


def test_an_end_without_an_answer_leaves_both_open_until_one_is_seen() -> None:
    ledger = Ledger()
    ada, phone = signed_in(ledger)
    laptop = ledger.started(ada, "a", "r")
    ledger.ending([phone, laptop])
    assert ada.with_state(State.UNKNOWN) == [phone, laptop]
    ledger.let_in(phone, "a token")
    ledger.turned_away(laptop, "a token")
    assert ledger.verdict().good
    ledger.turned_away(phone, "a token")
    ledger.let_in(laptop, "a token")
    assert ledger.verdict() == Verdict(lost=0, accepted=1, refused=1, errors=0)


def test_a_changed_password_ends_all_devices_but_one_and_is_the_only_one_that_is_good() -> None:
    ledger = Ledger()
    ada, phone = signed_in(ledger)
    laptop = ledger.started(ada, "a", "r")
    ledger.changed_password(ada, "second", kept=phone)
    assert (phone.state, laptop.state) == (State.ALIVE, State.ENDED)
    ledger.password_refused(ada, "first")
    ledger.password_taken(ada, "second")
    assert ledger.verdict().good
    ledger.password_taken(ada, "first")
    ledger.password_refused(ada, "second")
    assert ledger.verdict() == Verdict(lost=0, accepted=1, refused=1, errors=0)


def test_of_two_passwords_that_may_be_good_exactly_one_is() -> None:
    ledger = Ledger()
    ada, phone = signed_in(ledger)
    ledger.changing_password(ada, "second", kept=phone)
    ledger.password_refused(ada, "second")
    ledger.password_taken(ada, "first")
    assert ledger.verdict().good
    ledger.password_taken(ada, "second")
    assert ledger.verdict().accepted == 1


def test_a_name_without_an_answer_is_the_one_or_the_other() -> None:
    ledger = Ledger()
    ada, _ = signed_in(ledger)
    ledger.renamed(ada, "Ada")
    ledger.renaming(ada, "Countess")
    ledger.called(ada, "Countess")
    assert ledger.verdict().good
    ledger.called(ada, "Ada")
    assert ledger.verdict().refused == 1


def test_errors_count_unless_a_fault_was_going_on() -> None:
    ledger = Ledger()
    ledger.failed("before", 1, 2)
    ledger.fault_begins(10)
    ledger.failed("into it", 9, 11)
    ledger.fault_ends(20)
    ledger.failed("within it", 12, 13)
    ledger.failed("begun in it", 19, 25)
    ledger.failed("after it", 21, 22)
    assert ledger.outside() == ["before", "after it"]
    assert ledger.verdict().errors == 2
