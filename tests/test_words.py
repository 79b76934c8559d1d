"""Figures and names as French and English readers write them."""

from __future__ import annotations

import math

import pytest

from rentree import words


@pytest.mark.parametrize(
    ("us", "limit", "french", "english"),
    [
        pytest.param(0, None, "0\u00a0s", "0\u00a0s", id="nothing"),
        pytest.param(850_000, None, "850\u00a0ms", "850\u00a0ms", id="below a second"),
        pytest.param(
            4_120_000, None, "4,2\u00a0s", "4.2\u00a0s", id="rounded up, so that it holds"
        ),
        pytest.param(4_200_000, None, "4,2\u00a0s", "4.2\u00a0s", id="exact"),
        pytest.param(4_996_000, 5_000_000, "4,996\u00a0s", "4.996\u00a0s", id="not the limit"),
        pytest.param(5_000_000, 5_000_000, "5\u00a0s", "5\u00a0s", id="the limit itself"),
        pytest.param(90_000_000, None, "90\u00a0s", "90\u00a0s", id="a minute and a half"),
        pytest.param(1_200_000_000, None, "20\u00a0min", "20\u00a0min", id="whole minutes"),
        pytest.param(7_200_000_000, None, "2\u00a0h", "2\u00a0h", id="whole hours"),
        pytest.param(math.inf, None, "∞", "∞", id="beyond every limit"),
    ],
)
def test_duration(us: float, limit: float | None, french: str, english: str) -> None:
    """Durations have a no-break space before their unit and never pass for a limit they miss."""
    assert words.duration(us, "fr", limit) == french
    assert words.duration(us, "en", limit) == english


@pytest.mark.parametrize(
    ("share", "limit", "french", "english"),
    [
        (0.95, None, "95\u00a0%", "95%"),
        (3 / 412, 0.01, "0,7\u00a0%", "0.7%"),
        (0.00996, 0.01, "0,996\u00a0%", "0.996%"),
        (1.0, None, "100\u00a0%", "100%"),
    ],
)
def test_percent(share: float, limit: float | None, french: str, english: str) -> None:
    """Shares are written in per cent, apart from a limit that they do not equal."""
    assert words.percent(share, "fr", limit) == french
    assert words.percent(share, "en", limit) == english


@pytest.mark.parametrize(
    ("low", "high", "french", "english"),
    [
        pytest.param(
            953_000, 1_096_000, "de 0,95\u00a0s à 1,10\u00a0s", "0.95\u00a0s to 1.10\u00a0s",
            id="one unit for both",
        ),
        pytest.param(
            953_000, 989_000, "de 953\u00a0ms à 989\u00a0ms", "953\u00a0ms to 989\u00a0ms",
            id="below a second",
        ),
        pytest.param(
            4_201_000, 4_202_000, "de 4,20\u00a0s à 4,21\u00a0s", "4.20\u00a0s to 4.21\u00a0s",
            id="ends that differ are printed as two",
        ),
        pytest.param(
            0, 400, "de 0\u00a0ms à 1\u00a0ms", "0\u00a0ms to 1\u00a0ms", id="less than a unit"
        ),
        pytest.param(
            953_000, math.inf, "de 953\u00a0ms à ∞", "953\u00a0ms to ∞", id="without an end"
        ),
    ],
)  # fmt: skip
def test_between(low: float, high: float, french: str, english: str) -> None:
    """Two durations have one unit, and are rounded outwards so that what is between stays so."""
    assert words.between(low, high, "fr") == french
    assert words.between(low, high, "en") == english


@pytest.mark.parametrize(
    ("why", "french", "english"),
    [
        ("interrupted", " (interrompu)", " (interrupted)"),
        ("killed", " (tué)", " (killed)"),
        ("failed", " (en échec)", " (failed)"),
        ("stored nothing", " (rien d’enregistré)", " (stored nothing)"),
        ("no end mark, 0 bytes torn", " (sans marque de fin, aucun octet tronqué)",
         " (no end mark, 0 bytes torn)"),
        ("no end mark, 12 bytes torn", " (sans marque de fin, 12 octets tronqués)",
         " (no end mark, 12 bytes torn)"),
        ("its window has ended", " (la plage autorisée est finie)", " (its window has ended)"),
        ("ended by signal 9", " (arrêté par le signal 9)", " (ended by signal 9)"),
        ("it was told to stop", " (on lui a dit de s’arrêter)", " (it was told to stop)"),
        ("not heard of for 4.6 s", " (sans nouvelles pendant 4,6\u00a0s)",
         " (not heard of for 4.6 s)"),
        ("the Locust master is gone: ended by signal 9",
         " (le maître Locust est mort, arrêté par le signal 9)",
         " (the Locust master is gone: ended by signal 9)"),
        ("exit code 1; MemoryError: \\1", " (code de sortie 1\u00a0; MemoryError: \\1)",
         " (exit code 1; MemoryError: \\1)"),
        ("the sandbox was ended by SIGKILL: its log is empty",
         " (bac à sable arrêté par SIGKILL)",
         " (the sandbox was ended by SIGKILL: its log is empty)"),
        ("Toxiproxy at http://127.0.0.1:8474 (ours, pid 12) is dead",
         " (Toxiproxy est mort (http://127.0.0.1:8474))",
         " (Toxiproxy at http://127.0.0.1:8474 (ours, pid 12) is dead)"),
        ("la foudre", "\u00a0: la foudre", ": la foudre"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_because(why: str, french: str, english: str) -> None:
    """Our own words are translated, and those of others stand as they are after a colon."""
    assert words.because(why, "fr") == french
    assert words.because(why, "en") == english


def test_things() -> None:
    """French keeps the singular below two, English for one alone."""
    assert words.things(0, "fr", "seconds") == "0 seconde"
    assert words.things(0, "en", "seconds") == "0 seconds"
    assert words.things(1, "en", "people") == "1 person"
    assert words.things(1234, "fr", "attempts") == "1\u202f234 tentatives"


def test_number() -> None:
    """French groups thousands by a narrow no-break space and has a decimal comma."""
    assert words.number(50_000, "fr") == "50\u202f000"
    assert words.number(50_000, "en") == "50,000"
    assert words.number(1234.5, "fr", 1) == "1\u202f234,5"


@pytest.mark.parametrize(
    ("count", "persona", "french", "english"),
    [
        (0, None, "0 personne", "0 people"),
        (1, "pupil", "1 élève", "1 pupil"),
        (2, "teacher", "2 enseignants", "2 teachers"),
        (3, "gardener", "3 personnes", "3 people"),
    ],
)
def test_people(count: int, persona: str | None, french: str, english: str) -> None:
    """French keeps the singular below two; a persona that is not ours counts as people."""
    assert words.people(count, "fr", persona) == french
    assert words.people(count, "en", persona) == english


def test_phase() -> None:
    """Our phases have fixed French words, and others keep their names."""
    assert words.phase("bell", "fr") == "sonnerie"
    assert words.phase("", "fr") == "essai entier"
    assert words.phase("déjeuner", "fr") == "déjeuner"


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.95, ("95", "5", "100")),
        (0.5, ("50", "50", "100")),
        (0.999, ("999", "1", "1\u202f000")),
    ],
)
def test_out_of(share: float, expected: tuple[str, str, str]) -> None:
    """A share is told in the smallest round number of people that holds it."""
    assert words.out_of(share, "fr") == expected
