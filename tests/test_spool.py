"""Evidence waits in a file and comes back as it was."""

from newsloom.pipeline import spool
from newsloom.pipeline.spool import Spool
from newsloom.types import Evidence

WHY = Evidence(names=("Åsa Ek", "\ud800"), numbers=("41",), terms=("färja", "grund"), hours=2.5)


def test_evidence_comes_back_as_it_was(monkeypatch):
    monkeypatch.setattr(spool, "AT_HAND", 2)
    with Spool() as kept:
        kept.add({})
        for n in range(1, 9):
            kept.add({f"a{other}": WHY for other in range(n)})
        for number in (8, 1, 3, 8, 2, 8):
            assert kept.of(number, "a0") == WHY
            assert kept.of(number, f"a{number}") is None
        assert kept.of(0, "a0") is None


def test_hours_may_be_unknown():
    with Spool() as kept:
        kept.add({"a": Evidence()})
        assert kept.of(0, "a") == Evidence()
