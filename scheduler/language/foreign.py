"""Texts that begin or end with a time in another language than English, in which alone times are read.

A recurring time or a day counts with a clock of its language beside it, and an order to be reminded does
alone. At the end only a recurring time counts, and only of an order that says nothing of it: no question,
no quotation, no *für* or *ist* before it. Where there is none of these, the text is a prompt.
"""

from __future__ import annotations

import re
from typing import Final

from scheduler.errors import WhenError
from scheduler.faults import TimeFault

_CLOCK: Final = (
    r"(?:\b(?:um|à|a las?|alle|om|às|kl\.?|klo|o|о|об|в|saat|jam|lúc|στις|الساعة) ?\d|\d ?(?:uhr|h|ч)\b"
    r"|\d ?(?:बजे|시|点|點|時|时)|\d[:.]\d\d|ב-?\d)\S*"
)
_CLOCK_FIRST: Final = (
    r"(?:(?:am )?\d{1,2}\. ?\d{1,2}\.(?:\d{2,4})?,? )?(?:um )?\d{1,2}(?:[:.]\d\d)? ?uhr\b"
    r"|à \d{1,2} ?h(?:\d\d)?\b|a las \d\S*|às \d\S*"
)
_DUTCH: Final = (
    r"(?:elke|iedere) (?:(?:werk|maan|dins|woens|donder|vrij|zater|zon)?dag|week|maand|ochtend|avond|uur)"
)
_TURKISH: Final = (
    r"her (?:gün|sabah|akşam|gece|hafta|ay|saat|iş günü|salı|çarşamba|perşembe|cuma|cumartesi|pazar(?:tesi)?)"
)
"""With the word after it: *her* is an English word, too, and *Elke* a name."""
_RECURRING: Final = re.compile(
    r"(?:(?:jede[nrs]?|täglich|werktags|wochentags|(?:mon|diens|mitt|donners|frei|sams|sonn)(?:tag|woch)s"
    r"|tous les|toutes les|chaque|cada|diariamente|todos los|todas las|todos os|todas as|todo dia"
    r"|toda (?:segunda|terça|quarta|quinta|sexta|semana|manhã|tarde|noite)|ogni|tutti i|tutte le"
    rf"|{_DUTCH}|dagelijks|varje|hver|joka|każdy|każdego|codziennie|každý|každé|{_TURKISH}|setiap|mỗi|κάθε|кажд\w+|ежедневно"
    rf"|щодня|кожн\w+|كل|يوميا|हर|כל)\s.{{0,40}}?{_CLOCK}|(?:每|毎|매).{{0,14}}?\d+ ?(?:点|點|時|时|시))",
    re.IGNORECASE,
)
_DAY: Final = re.compile(
    rf"(?![^?]*\?)(?:{_CLOCK_FIRST}"
    r"|(?:heute|morgen|übermorgen|(?:am )?(?:mon|diens|donners|frei|sams|sonn)tag|(?:am )?mittwoch"
    r"|aujourd['’]hui|demain|après-demain|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche"
    r"|hoy|mañana|pasado mañana|(?:el )?(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)"
    r"|oggi|domani|dopodomani|(?:lune|marte|mercole|giove|vener)dì|sabato|domenica"
    r"|hoje|amanhã|vandaag|overmorgen|i morgon|i morgen|idag|i dag|huomenna|jutro|dziś|zítra|dnes|yarın"
    r"|bugün|besok|ngày mai|αύριο|сегодня|завтра|сьогодні|غدا|غدًا|اليوم|कल|מחר|היום)"
    rf"\s.{{0,16}}?{_CLOCK}|(?:明日|明天|今天|今日|내일|오늘).{{0,8}}?\d+ ?(?:点|點|時|时|시))",
    re.IGNORECASE,
)
"""Not in a question, which may speak of a meeting: `morgen um 9 ist Besprechung, was brauche ich?`"""
_REMINDER: Final = re.compile(
    r"(?:(?:bitte|por favor|per favore) )?"
    r"(?:erinner(?:e|n sie)? (?:mich|uns)\b|rappelle[sz]?[- ](?:moi|nous)\b"
    r"|recu[eé]rda(?:me|nos)\b|ricorda(?:mi|ci)\b"
    r"|lembr[ae][- ]me\b|herinner (?:me|mij|ons)\b|påminn (?:mig|oss)\b"
    r"|напомни(?:те)?(?: мне| нам)?\b)(?:\s+\w+)?",
    re.IGNORECASE,
)
_IN_ENGLISH: Final = (
    (_RECURRING, "every Monday at 09:00"),
    (_REMINDER, "every Monday at 09:00"),
    (_DAY, "tomorrow at 09:00"),
)


_AT_THE_END: Final = re.compile(rf"(?<=[\w.,!)])\s+(?P<time>{_RECURRING.pattern})[.!]*\s*", re.IGNORECASE)
_GAP: Final = re.compile(r"\s+")
_LONGEST_TIME: Final = 64
_SAYS_OF_IT: Final = re.compile(
    r"[:\"“”„«»`]|\b(?:für|von|ab|bis|seit|dass|ist|sind|war|findet|fährt|pour|de|depuis|dès|que|est|sont|para|por"
    r"|desde|es|son|per|da|di|che|è|sono|é|são|om|att|är|для|с|на|что)(?:\s+\S+)?$",
    re.IGNORECASE,
)
"""In what stands before a time at the end, or last in it: the time belongs to what is asked."""


def refuse_foreign(text: str) -> None:
    """Raise a `WhenError` with an English time if `text` begins or ends with one in another language."""
    for pattern, english in _IN_ENGLISH:
        if foreign := pattern.match(text):
            raise WhenError(TimeFault.FOREIGN, said=foreign[0].strip(), instead=(english,))
    if "?" in text:
        return
    tail = max(0, len(text) - _LONGEST_TIME)
    for start in (found.start() for found in _GAP.finditer(text, tail)):
        ending = _AT_THE_END.fullmatch(text, start)
        if ending and not _SAYS_OF_IT.search(text[:start]):
            said, english = ending["time"].strip(), _IN_ENGLISH[0][1]
            raise WhenError(TimeFault.FOREIGN, said=said, instead=(english,))
