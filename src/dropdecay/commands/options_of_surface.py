"""Options of ``dropdecay fit``: which points are trained, and which are given up."""

from dropdecay.commands.option import Option, in_group
from dropdecay.commands.option_kinds import (
    AUTO_ON_OFF,
    AUTO_OR_DECAYS,
    AUTO_OR_RATES,
    AXES,
    DURATION,
    FLAG,
    SWITCH,
    WHOLE,
)
from dropdecay.estimators.defaults import AUTO

SURFACE = in_group(
    "Surface",
    Option("--dropout", AUTO_OR_RATES, AUTO,
           "Dropout rates to try, in [0, 1); 0.4/0.2: one per layer; auto: 0 to 0.5, from 256 "
           "units on 0.7.", "dropouts"),
    Option("--weight-decay", AUTO_OR_DECAYS, AUTO,
           "Weight decays to try, 0 or larger; tau:none,400,40: in epochs of memory; auto: "
           "tau:none,400,130,40,13,4.", "weight_decays"),
    Option("--axis", AXES, None,
           "Another setting to search over, such as max_norm=none,2,4. May be repeated.", "axes"),
    Option("--tune", FLAG, False,
           "Choose the network too: numeric encoding, learning rate, layers, activation and batch "
           "size, each among values near the one given, before the surface and once after it.",
           "tune", "tune", if_given=True),
    Option("--cocktail", FLAG, False,
           "Try other regularizers around the chosen point, one after the other: those of --axis, "
           "at usual values. What helps becomes part of the surface.",
           "cocktail", "cocktail", if_given=True),
    Option("--extend", SWITCH, True, "Extend an axis while the best point lies at its end.",
           "extend"),
    Option("--race", AUTO_ON_OFF, "auto",
           "Drop points that fall behind after three folds, on large tables on a pilot before: "
           "auto, on or off.", "race"),
    Option("--futility", FLAG, False,
           "Give points up whose loss could not catch up by its own fall; not with "
           "--fixed-epochs, --criterion score or a --schedule but constant.", "futility",
           "futility", if_given=True),
    Option("--search-rows", WHOLE, None,
           "Rows to search on, drawn at random; the choice is then trained on all. Default: all.",
           "search_rows", "search rows", if_given=True),
    Option("--budget", DURATION, None,
           "Time for everything but --nested, such as 90s, 10m or 2h: the surface first, then "
           "repeats while there is time.", "budget", metavar="TIME"),
)  # fmt: skip
