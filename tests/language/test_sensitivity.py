"""What is sensitive is found wherever it stands; ordinary text is left alone; what is hidden stays hidden."""

import time

import pytest
from faker import Faker
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
    is_valid_number,
)
from stdnum.es import dni
from stdnum.fr import nir

from memos_graph.errors import ConfigurationError
from memos_graph.language.sensitivity import (
    LEVELS,
    Finding,
    FindingKind,
    Level,
    clearance,
    detect,
    detector,
    kinds_of,
    redact,
)

FRAMES = ("{}", "Mine is {}.", "Write {} down, please", "({})", "old: {}, new one follows", "{}\nbye")
SEEDS = st.integers(0, 2**32)
FRAME = st.sampled_from(FRAMES)


def found(text: str) -> list[tuple[FindingKind, str]]:
    return [(each.kind, text[each.start : each.end]) for each in detect(text)]


def faked(seed: int, locale: str = "en_US") -> Faker:
    made = Faker(locale)
    made.seed_instance(seed)
    return made


@settings(deadline=None)  # the first use of a locale loads it
@given(SEEDS, FRAME, st.sampled_from(["email", "safe_email", "company_email", "ascii_free_email"]))
def test_every_e_mail_address_is_found(seed: int, frame: str, what: str) -> None:
    made = getattr(faked(seed), what)()
    assert found(frame.format(made)) == [(FindingKind.EMAIL, made)]


@settings(deadline=None)  # the first use of a locale loads it
@given(SEEDS, FRAME)
def test_every_payment_card_is_found_however_it_is_grouped(seed: int, frame: str) -> None:
    number = faked(seed).credit_card_number()
    assert found(frame.format(number)) == [(FindingKind.PAYMENT_CARD, number)]
    if len(number) == 16:
        for separator in " -":
            grouped = separator.join(number[i : i + 4] for i in range(0, 16, 4))
            assert found(frame.format(grouped)) == [(FindingKind.PAYMENT_CARD, grouped)]


@settings(deadline=None)  # the first use of a locale loads it
@given(SEEDS, FRAME, st.sampled_from(["en_GB", "de_DE", "fr_FR", "es_ES", "nl_NL", "it_IT", "no_NO", "pl_PL"]))
def test_every_iban_is_found_with_and_without_spaces(seed: int, frame: str, locale: str) -> None:
    number = faked(seed, locale).iban()
    spaced = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    assert found(frame.format(number)) == [(FindingKind.IBAN, number)]
    assert found(frame.format(spaced)) == [(FindingKind.IBAN, spaced)]


@given(
    st.sampled_from(sorted(SUPPORTED_REGIONS)),
    st.sampled_from([PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE]),
    st.integers(0, 999),
    FRAME,
)
def test_every_phone_number_with_its_country_is_found(region: str, kind: int, last: int, frame: str) -> None:
    number = example_number_for_type(region, kind)
    if number is None:
        return
    number.national_number = number.national_number // 1000 * 1000 + last
    if not is_valid_number(number):
        return
    for shape in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164):
        written = format_number(number, shape)
        kinds = found(frame.format(written))
        assert [kind for kind, _ in kinds] == [FindingKind.PHONE]
        assert written.endswith(kinds[0][1][-6:])


@pytest.mark.parametrize(
    "written",
    ["(212) 555-0123", "212-555-0123", "020 7946 0958", "0170 1234567", "06 12 34 56 78", "612 34 56 78"],
)
def test_a_phone_number_as_its_country_writes_it_is_found(written: str) -> None:
    assert found(f"It is {written}.") == [(FindingKind.PHONE, written)]


@settings(deadline=None)  # the first use of a locale loads it
@given(SEEDS, FRAME)
def test_every_us_social_security_number_is_found(seed: int, frame: str) -> None:
    number = faked(seed).ssn()
    assert found(frame.format(number)) == [(FindingKind.IDENTITY_NUMBER, number)]


@given(st.integers(10_000_000, 99_999_999), FRAME)
def test_every_spanish_identity_number_is_found_and_a_wrong_letter_is_none(number: int, frame: str) -> None:
    right = dni.calc_check_digit(str(number))
    assert found(frame.format(f"{number}{right}")) == [(FindingKind.IDENTITY_NUMBER, f"{number}{right}")]
    wrong = "TRWAGMYFPDXBNJZSQVHLCKE"[("TRWAGMYFPDXBNJZSQVHLCKE".index(right) + 1) % 23]
    assert (FindingKind.IDENTITY_NUMBER, f"{number}{wrong}") not in found(frame.format(f"{number}{wrong}"))


@settings(deadline=None)  # the first use of a locale loads it
@given(SEEDS, FRAME)
def test_every_french_social_security_number_is_found(seed: int, frame: str) -> None:
    number = faked(seed, "fr_FR").ssn()
    assert nir.is_valid(number)
    assert found(frame.format(number)) == [(FindingKind.IDENTITY_NUMBER, number)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("My NINO is AB 12 34 56 C", "AB 12 34 56 C"),
        ("Steuer-ID: 36 574 261 809", "36 574 261 809"),
        ("codice fiscale RCCMNL83S18D969H", "RCCMNL83S18D969H"),
        ("her NIE is X-2482300-W", "X-2482300-W"),
        ("BSN 111222333", "111222333"),
        ("CPF 390.533.447-05", "390.533.447-05"),
        ("NHS number 943 476 5870", "943 476 5870"),
    ],
)
def test_identity_numbers_of_other_countries_are_found(text: str, number: str) -> None:
    assert found(text) == [(FindingKind.IDENTITY_NUMBER, number)]


@settings(deadline=None)  # the first use of a locale loads it
@given(SEEDS, FRAME)
def test_every_public_address_is_found(seed: int, frame: str) -> None:
    address = faked(seed).ipv4_public()
    assert found(frame.format(address)) == [(FindingKind.IP_ADDRESS, address)]


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        ("key AKIAIOSFODNN7EXAMPLE.", FindingKind.API_KEY, "AKIAIOSFODNN7EXAMPLE"),
        (f"use ghp_{'a1' * 18} here", FindingKind.API_KEY, f"ghp_{'a1' * 18}"),
        ("api_key = 'q8f0Zk21LmPw93xYtR55'", FindingKind.API_KEY, "q8f0Zk21LmPw93xYtR55"),
        ("Authorization: Bearer 9f8e7d6c5b4a39281706", FindingKind.API_KEY, "9f8e7d6c5b4a39281706"),
        ("My password is hunter2!", FindingKind.PASSWORD, "hunter2"),
        ("the wifi password: correct-horse", FindingKind.PASSWORD, "correct-horse"),
        ("the password for the router is Tr0ub4dor.", FindingKind.PASSWORD, "Tr0ub4dor"),
        ("my PIN is 4821", FindingKind.PASSWORD, "4821"),
        ("postgres://app:s3cr3t@db.example.org/x", FindingKind.PASSWORD, "s3cr3t"),
        ("2001:db8:85a3::8a2e:370:7334 answered", FindingKind.IP_ADDRESS, "2001:db8:85a3::8a2e:370:7334"),
    ],
)
def test_a_secret_is_found_and_nothing_around_it(text: str, kind: FindingKind, secret: str) -> None:
    assert found(text) == [(kind, secret)]


def test_a_private_key_is_found_whole_and_cut_off() -> None:
    block = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----"
    assert found(f"here:\n{block}\nthanks") == [(FindingKind.PRIVATE_KEY, block)]
    assert found(f"here:\n{block[:60]}") == [(FindingKind.PRIVATE_KEY, block[:60])]


PLAIN = [
    "I moved on 2023-05-08, or was it 04/05/2023 at 10:30?",
    "Version 10.0.19045.3803 came after v1.2.3.4 and release 2.14.1.",
    "It cost $1,299.00, 12 000 people paid 1.299,00 \u20ac, that is 15,588,000.",
    "ISBN 978-0-306-40615-7, tracking number 9400111899223100001, order 4839201834.",
    "We met between 1995 and 2003; the score was 110-108, 102-99.",
    "std::vector<int> a::b at 12:30:45, commit 269ea8f18c7d1234, 52.520008, 13.404954",
    "123e4567-e89b-12d3-a456-426614174000 is its id, https://example.com/path?x=1234567890 its place.",
    "The password is wrong, and the key to success is persistence.",
    "I forgot my passport; a token of thanks, and the secret is patience.",
    "The mask is 255.255.255.0 and it listens on 127.0.0.1.",
    "Ping me @home or at 8, room 101, bus 42, 5 km in 27:35.",
]


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_is_not_flagged(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)  # the first use of a locale loads it
@given(SEEDS, st.sampled_from(["paragraph", "sentence", "date", "iso8601", "company", "job", "isbn13", "color_name"]))
def test_generated_sentences_dates_and_names_are_not_flagged(seed: int, what: str) -> None:
    assert found(str(getattr(faked(seed), what)())) == []


@given(st.floats(0, 1e9, allow_nan=False), st.sampled_from(["${:,.2f}", "{:.2f} EUR", "{:.0f} people", "{:.6f}"]))
def test_prices_and_counts_are_not_flagged(number: float, shape: str) -> None:
    assert found(f"It was {shape.format(number)} in all.") == []


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    last = 0
    for each in detect(text):
        assert last <= each.start < each.end <= len(text)
        last = each.end


MIXED = "Mail dana@example.org or +1 212 555 0123; card 4111 1111 1111 1111, password: Tr0ub4dor, from 203.0.114.7."


@given(st.sampled_from([0, 1, 2, 3]))
def test_redaction_hides_what_lies_above_a_level_and_can_be_repeated(level: int) -> None:
    once = redact(MIXED, detect(MIXED), level)
    assert all(each.level <= level for each in detect(once))
    assert redact(once, detect(once), level) == once
    assert redact(MIXED, detect(MIXED), Level.SECRET) == MIXED


def test_redaction_names_what_it_hides_and_keeps_the_rest() -> None:
    assert redact(MIXED, detect(MIXED), Level.PUBLIC) == (
        "Mail [e-mail] or [phone]; card [payment card], password: [password], from [ip address]."
    )
    assert redact(MIXED, detect(MIXED), Level.PERSONAL).startswith("Mail dana@example.org or +1 212 555 0123; card [")


def test_findings_that_overlap_become_the_more_sensitive_one() -> None:
    findings = [Finding(FindingKind.PHONE, 0, 6), Finding(FindingKind.PAYMENT_CARD, 4, 9)]
    assert redact("0123456789", findings) == "[payment card]9"


def test_every_kind_has_a_level_and_a_text_needs_the_highest_of_its_findings() -> None:
    assert set(LEVELS) == set(FindingKind)
    assert clearance(detect(MIXED)) == Level.SECRET
    assert clearance(detect("Good morning.")) == Level.PUBLIC
    assert kinds_of(detect("b@example.org and a@example.org")) == (FindingKind.EMAIL,)


def test_a_detector_that_is_not_there_is_a_matter_of_configuration() -> None:
    assert detector("rules") is detect
    with pytest.raises(ConfigurationError, match="presidio-analyzer is not installed"):
        detector("presidio")


def test_an_ordinary_message_costs_microseconds() -> None:
    text = (
        "Hey Mel! Good to see you! How have you been? I went to a support group yesterday, on 7 May, it was powerful."
    )
    best = min(_timed(text) for _ in range(20))
    assert best < 50e-6


def _timed(text: str) -> float:
    started = time.perf_counter()
    for _ in range(200):
        detect(text)
    return (time.perf_counter() - started) / 200


@pytest.mark.parametrize(
    "piece",
    ["1", "1 ", "a@", "@", "1-", "+1", "-----BEGIN PRIVATE KEY-----", "eyJa.", "pass ", "key: ", "::1", "GB33 "],
)
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    started = time.process_time()
    detect(piece * (50_000 // len(piece)))
    assert time.process_time() - started < 5
