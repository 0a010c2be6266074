"""How likely it is that a track is of a craft that sends no AIS.

By Bayes: that it exists, times that no AIS target explains it, times that a craft which had AIS would by now have been
heard. How soon it would be, the reception map says of class B at its place and speed, where it knows. The prior is of
craft by the strength of their echo and by what cameras called them: few ships go without, small craft need none (SOLAS
V/19). A track that was an AIS target whose reports have ended since is that craft still: its silence is another matter
than that it never had AIS.
"""

from __future__ import annotations

import numpy as np

from surveil.fusion.tracker import SHIP_STRENGTH_DB

SMALL_WITHOUT, SHIP_WITHOUT = 0.5, 0.02
"""Share of small craft, of ships, that send no AIS (assumed; ships of 300 GT and fishing vessels of 15 m must)."""
UNHEARD_S = 120.0
"""Mean time in which a craft with AIS is first heard where nothing was learned of reception (assumed: class B reports
every 30 s under way, every 3 min at rest, and loses some)."""
SOONEST_S, LATEST_S = 45.0, 600.0
"""Bounds of that time, whatever the map says (assumed: a report and a half under way, and where one in twenty is heard;
a map of a few hours says much of a cell by few craft)."""
STRENGTH_NATS = 3.0
"""What the strength of an echo says of its kind beside labels (assumed: 20 to 1)."""
KNOWN = 0.95
"""Probability that a track is still the target it was, when that is no longer heard (assumed)."""
CHANCE = 3.0
"""Evidence, in nats, that a pair needs to be as likely one craft as not (assumed: it is where a pair is joined)."""
NEVER_HEARD = 0.03
"""Share of AIS craft in a radar's sight that are not heard at all: set too low, antenna under water (assumed)."""


def probability(exists, explained, age_s, strength_db, ship_nats, missed) -> np.ndarray:
    """float64[n].

    Parameters
    ----------
    exists : float64[n]; explained : float64[n], that an AIS target is it
    age_s : float64[n], how long it has been seen; strength_db : float64[n], NaN where not known
    ship_nats : float64[n], what labels said of its kind, 0 for nothing: then its strength alone decides
    missed : float64[n], chance that a craft with AIS there would not have been heard so long; NaN where not known
    """
    age_s = np.asarray(age_s, float)
    missed = np.where(np.isnan(missed), np.exp(-age_s / UNHEARD_S), missed)
    missed = np.clip(missed, np.exp(-age_s / SOONEST_S), np.exp(-age_s / LATEST_S))
    strong = strength_db > SHIP_STRENGTH_DB
    said = np.where(strong, STRENGTH_NATS, np.where(np.isnan(strength_db), 0.0, -STRENGTH_NATS)) + ship_nats
    is_ship = np.where(np.asarray(ship_nats) == 0.0, strong, 1.0 / (1.0 + np.exp(-said)))
    without = is_ship * SHIP_WITHOUT + (1.0 - is_ship) * SMALL_WITHOUT
    unheard = NEVER_HEARD + (1.0 - NEVER_HEARD) * missed
    return exists * (1.0 - explained) * without / (without + (1.0 - without) * unheard)


def explained_by_best(evidence) -> np.ndarray:
    """float64[n]: probability that the best AIS target is it."""
    return 1.0 / (1.0 + np.exp(CHANCE - np.asarray(evidence, float)))
