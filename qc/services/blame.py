"""Whether a text that should name a cause only blames somebody. The one place that knows, for us and for suppliers."""

from __future__ import annotations

import re

# One word that is both: whose fault, and that it is one.
_BOTH = re.compile(
    r"\b((bedien(er|ungs?)?|mitarbeiter|werker|personal|menschen)[\s-]?fehler\w*|"
    r"(menschliches|personelles)\s+versagen)\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"\b(operator|worker|employee|staff|personnel|human|person|inspector|technician|people|colleague|team|"
    r"bediener(in)?(s|n|nen)?|mitarbeiter(in)?(s|n|nen)?|werker(in)?(s|n|nen)?|kolleg\w*|personals?|pr(ü|ue)fer(in)?s?|"
    r"mensch(en)?|menschlich\w*)(['’]?s)?\b",
    re.IGNORECASE,
)
_FAULT = re.compile(
    r"\b(errors?|mistakes?|faults?|failures?|failed|careless\w*|inattent\w*|attention|forgot\w*|negligen\w*|"
    r"overlook\w*|missed|wrong\w*|not follow\w*|did not|didn['’]?t|"
    r"fehler\w*|versagen|unachtsam\w*|unaufmerksam\w*|nachl(ä|ae)ssig\w*|vergess\w*|(ü|ue)bersehen|falsch\w*|"
    r"nicht (beachtet|befolgt|eingehalten|aufgepasst))\b",
    re.IGNORECASE,
)
# Words that describe no mechanism: grammar, and the usual end of such a sentence ("was retrained").
_IDLE = frozenset(
    "a an and as at be been by caused due for from had has have he her his in is it its made of on only our root she "
    "simple just that the their them they this to was we were who will with not did didn't do does during when new "
    "same cause because training trained retrained train retrain instructed reminded told informed warned again "
    "instruct remind follow followed instruction instructions procedure shift night day part parts process work "
    "working done one there "
    "der die das den dem des ein eine einer und war wurde wurden durch von vom bei beim nicht hat haben ist sind im in "
    "es er sie auf wegen aufgrund ursache geschult nachgeschult schulung schulen belehrt unterwiesen unterweisung "
    "anweisung arbeitsanweisung erneut wieder prozess arbeit schicht teil teile".split()
)
_OWN_WORDS = 4


def blames_only_a_person(text: str) -> bool:
    """Whether a root cause says no more than that somebody made a mistake.

    True when it names a person and a fault, in English or German, and fewer than four words remain that could describe
    what in the process let it happen.

    >>> blames_only_a_person("Human error, was retrained"), blames_only_a_person("Worn guide bends the pins")
    (True, False)
    """
    rest, both = _BOTH.subn(" ", text)
    if not both and not (_WHO.search(text) and _FAULT.search(text)):
        return False
    rest = _FAULT.sub(" ", _WHO.sub(" ", rest))
    words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", rest)}
    return len(words - _IDLE) < _OWN_WORDS
