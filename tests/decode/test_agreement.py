"""The page that compares decoders is up to date with its script, and explains what it found."""

from __future__ import annotations

import pytest

from surveil.decode.tables import layouts_of
from tools import decoder_agreement as agreement
from tools.decoder_verdicts import KNOWN, NOT_EXPLAINED, WHY

SHORT = 200
"""Messages of each log, enough for most kinds of difference."""


@pytest.fixture(scope="module")
def short():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement, "MESSAGES", SHORT)
        yield


def test_the_page_explains_every_difference_and_lists_every_fault():
    page = agreement.PAGE.read_text("utf-8")
    assert NOT_EXPLAINED not in page
    for peer, verdicts in WHY.items():
        assert [what for what in verdicts if f"| {what} | {peer} |" not in page] == []
    assert agreement.known() in page


def test_every_verdict_says_who_is_right():
    verdicts = [why for verdicts in WHY.values() for why in verdicts.values()] + [fault.why for fault in KNOWN]
    assert [why for why in verdicts if not why.startswith(("surveil", "both", *agreement.PEERS))] == []


@pytest.mark.shared
@pytest.mark.parametrize("peer", agreement.PEERS)
def test_every_difference_from_a_peer_on_every_real_log_is_explained(shared, peer, short):
    if peer == "libais":
        pytest.importorskip("ais", reason="libais is not installed (dependency group peers)")
    tally = agreement.compare(shared / "data/ais", (peer,))[peer]
    assert {what for what, _ in tally.differences} <= WHY[peer].keys()
    assert tally.messages.total() > (200 if peer == "gpsd" else 2000)


@pytest.mark.shared
def test_every_type_is_compared_with_every_oracle(shared):
    pytest.importorskip("ais", reason="libais is not installed (dependency group peers)")
    page = agreement.PAGE.read_text("utf-8")
    rows = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in page.splitlines() if line.count("|") == 11}
    for msg_type in (t for t in range(64) if layouts_of(t) and t != 28):  # which libais and gpsd do not know
        assert "0" not in [cell.strip() for cell in rows[str(msg_type)][::3]], msg_type
