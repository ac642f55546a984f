"""Words that have an order: the scales that people use in tables."""

from collections.abc import Sequence

SCALES = tuple(
    tuple(words.split("|"))
    for words in (
        "very low|low|medium|high|very high",
        "very low|low|moderate|high|very high",
        "very low|low|mid|high|very high",
        "very low|low|normal|high|very high",
        "l|m|h",
        "tiny|small|medium|large|huge",
        "xxs|xs|s|m|l|xl|xxl|xxxl",
        "very poor|poor|average|good|very good|excellent",
        "very poor|poor|fair|good|very good|excellent",
        "very bad|bad|neutral|good|very good",
        "bad|average|good|excellent",
        "po|fa|ta|gd|ex",
        "never|rarely|sometimes|often|always",
        "never|seldom|sometimes|often|always",
        "never|rarely|occasionally|frequently|always",
        "strongly disagree|disagree|neutral|agree|strongly agree",
        "strongly disagree|disagree|neither agree nor disagree|agree|strongly agree",
        "very dissatisfied|dissatisfied|neutral|satisfied|very satisfied",
        "none|mild|moderate|severe|critical",
        "minor|moderate|major|critical",
        "beginner|intermediate|advanced|expert",
        "junior|mid|senior|lead",
        "primary|secondary|tertiary",
        "first|second|third|fourth|fifth",
        "bronze|silver|gold|platinum|diamond",
        "niedrig|mittel|hoch",
        "gering|mittel|hoch",
        "klein|mittel|groß",
        "nie|selten|manchmal|oft|immer",
        "ungenügend|mangelhaft|ausreichend|befriedigend|gut|sehr gut",
        "faible|moyen|élevé",
        "petit|moyen|grand",
        "jamais|rarement|parfois|souvent|toujours",
        "bajo|medio|alto",
        "baixo|médio|alto",
        "nunca|rara vez|a veces|a menudo|siempre",
        "低い|普通|高い",
        "低|中|高",
        "很低|低|中|高|很高",
        "差|中|良|优",
        "小|中|大",
        "从不|很少|有时|经常|总是",
    )
)
"""Lowest first."""

FEWEST = 3
"""Two words need no order."""

MOST = max(map(len, SCALES))


def scale_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words in their order, as they are written; () if they are of no known scale.

    Parameters
    ----------
    words : sequence of str
        The different values of a column.
    """
    if len(words) > MOST:
        return ()
    spelled = {each.lower().replace("_", " ").replace("-", " "): each for each in words}
    if len(spelled) < FEWEST or len(spelled) != len(words):
        return ()
    for scale in SCALES:
        if spelled.keys() <= set(scale):
            return tuple(spelled[each] for each in scale if each in spelled)
    return ()
