"""The prompts that use the day: an answer of yesterday is no answer to them.

One generous list: a word too many costs one more answer a day, a word too few a wrong one. Words that only
sound like it ("due to", "march on") are left out. Languages are those in which people write to the bot.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from bot.day.variables import find_variables

_OF_THE_DAY: Final = frozenset({"date", "weekday", "since"})

_ENGLISH: Final = (
    r"todays?|tonight|tomorrows?|yesterdays?|weekdays?|weekends?|overdue|deadlines?|upcoming|fortnight|calendar",
    r"due(?!\s+(?:to|diligence))|so\s+far|nowadays|right\s+now|at\s+the\s+moment|as\s+of\s+now|to\s+date",
    r"(?:this|that|next|last|past|previous|coming|current|following|every\s+other)\s+"
    r"(?:(?:\d+|few|couple\s+of|two|three)\s+)?(?:days?|weeks?|months?|quarters?|years?|weekends?|mornings?|"
    r"afternoons?|evenings?|nights?|sprint|term|season)",
    r"(?:day|week|month|quarter|year)[\s-]to[\s-]date|the\s+day\s+(?:before|after)|(?:the\s+)?days?\s+(?:left|ago|until|till)",
    r"(?:days?|weeks?|months?|years?|hours?)\s+(?:left|ago|until|till|from\s+now|old|remaining|to\s+go)",
    r"in\s+(?:\d+|a|one|two|three|a\s+few)\s+(?:days?|weeks?|months?|years?)|(?:what|which)\s+(?:day|date|year|week|month)",
    r"(?:the|current|exact)\s+date|date\s+(?:is|today)|count(?:s|ing)?\s*-?down|birthdays?|anniversar(?:y|ies)",
    r"on[\s-](?:call|duty)|expir(?:e|es|ed|ing|y)|since\s+(?:the\s+)?(?:last|previous|then)",
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|april|june|july|august|september|october"
    r"|november|december",
)
_CASED_ENGLISH: Final = (
    r"March|(?:in|of|by|since|until|till|this|next|last|from|early|mid|late|before|after)\s+May|May\s+\d|\d(?:st|nd|rd|th)?\s+May",
    r"(?:Mon|Tue|Tues|Wed|Thu|Thurs|Fri|Sat|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b",
)
"""Words that mean something else in small letters."""
_GERMAN: Final = (
    r"heut(?:e|ige[rnms]?)|morgen|übermorgen|gestern|gestrige[rnms]?|vorgestern|bisher|derzeit|momentan|fällig\w*|überfällig\w*"
    r"|frist(?:en)?|termine?n?|anstehend\w*|bevorstehend\w*|wochenende|wochentag\w*|datum|stichtag\w*|geburtstage?",
    r"(?:diese[rnms]?|nächste[rnms]?|kommende[rnms]?|letzte[rnms]?|vergangene[rnms]?|vorige[rnms]?)\s+"
    r"(?:tage?n?|woche|monats?|quartals?|jahre?s?)|vor\s+\w+\s+(?:tagen|wochen|monaten|jahren)|in\s+\w+\s+(?:tagen|wochen)",
    r"(?:mon|diens|donners|frei|sams|sonn)tage?s?|mittwochs?|sonnabends?|januar|jänner|februar|märz|mai|juni|juli"
    r"|oktober|dezember",
)
_FRENCH: Final = (
    r"aujourd['’]hui|demain|hier|avant-hier|après-demain|ce\s+(?:matin|soir|jour|mois|trimestre|week-end)|cette\s+(?:semaine|année)"
    r"|échéances?|date\s+limite|en\s+retard|à\s+venir|prochaine?s?|jusqu['’](?:ici|à\s+présent)|actuellement|en\s+ce\s+moment"
    r"|(?:semaine|mois|an|année)\s+(?:derni(?:er|ère)|pass(?:é|ée)|prochaine?)|derni(?:er|ère)s?\s+(?:jours?|semaines?|mois)|il\s+y\s+a\s+\d+",
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|janvier|février|mars|avril|juin|juillet|août|septembre"
    r"|octobre|novembre|décembre",
)
_SPANISH: Final = (
    r"hoy|mañana|ayer|anteayer|esta\s+(?:semana|mañana|tarde|noche)|este\s+(?:mes|año|trimestre)|próxim[oa]s?|vencid[oa]s?|vencen?|vencimientos?"
    r"|fechas?|plazos?|hasta\s+ahora|actualmente|(?:semana|mes|año)\s+(?:pasad[oa]|que\s+viene)|últim[oa]s\s+(?:días|semanas|meses)|hace\s+\d+",
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo|enero|febrero|marzo|abril|mayo|junio|julio|agosto"
    r"|septiembre|octubre|noviembre|diciembre",
)
_PORTUGUESE: Final = (
    r"hoje|amanhã|ontem|anteontem|esta\s+semana|este\s+(?:mês|ano)|nesta\s+semana|neste\s+(?:mês|ano)|prazos?|vencimentos?|até\s+agora"
    r"|(?:semana|mês|ano)\s+(?:passad[oa]|que\s+vem)|segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira"
    r"|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro",
)
_ITALIAN: Final = (
    r"oggi|domani|ieri|dopodomani|questa\s+settimana|questo\s+(?:mese|anno)|scadenz[ae]|scadut[oiae]|in\s+scadenza|finora|prossim[oaie]"
    r"|(?:settimana|mese|anno)\s+scors[oa]|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|gennaio|febbraio|aprile|maggio|giugno"
    r"|luglio|settembre|ottobre|dicembre",
)
_DUTCH: Final = (
    r"vandaag|morgen|gisteren|overmorgen|eergisteren|deze\s+(?:week|maand)|dit\s+(?:jaar|kwartaal)|volgende?\s+(?:week|maand|jaar)"
    r"|vorige?\s+(?:week|maand|jaar)|tot\s+nu\s+toe|verlopen|deadline|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|januari"
    r"|februari|maart|mei|juni|juli|augustus",
)
_NORDIC: Final = (
    r"i\s?dag|i\s?morgon|i\s?morgen|i\s?går|denna\s+vecka|den\s+här\s+veckan|denne\s+uken?|denne\s+uge|nästa\s+(?:vecka|månad)|neste\s+uke"
    r"|förra\s+(?:veckan|månaden)|hittills|hittil|förfall\w*|forfall\w*|måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|mandag|tirsdag|lørdag"
    r"|søndag|mars|maj|tänään|huomenna|eilen|tällä\s+viikolla",
)
_SLAVIC: Final = (
    r"dzisiaj|dziś|jutro|wczoraj|w\s+tym\s+(?:tygodniu|miesiącu|roku)|termin(?:y|u|ów)?|dotychczas|poniedziałek|wtorek|środ[aęy]|czwartek|piątek"
    r"|sobot[aęy]|niedziel[aęi]|dnes|zítra|včera|tento\s+týden",
    r"сегодня\w*|завтра\w*|вчера\w*|послезавтра|(?:на\s+)?этой\s+недел\w+|в\s+этом\s+(?:месяце|году)|срок(?:и|ов|а)?|просрочен\w*|дедлайн\w*"
    r"|предстоящ\w+|пока\s+что|понедельник\w*|вторник\w*|сред[ауы]|четверг\w*|пятниц\w+|суббот\w+|воскресень\w+|январ\w+|феврал\w+|март\w*"
    r"|апрел\w+|ма[йяе]|июн\w+|июл\w+|август\w*|сентябр\w+|октябр\w+|ноябр\w+|декабр\w+|сьогодні|завтра|вчора|цього\s+тижня",
)
_TURKISH: Final = (
    r"bugün\w*|yarın\w*|dün\w*|bu\s+(?:hafta|ay|yıl)\w*|gelecek\s+(?:hafta|ay)|geçen\s+(?:hafta|ay)|son\s+tarih\w*|şimdiye\s+kadar"
    r"|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi",
)
_UNSPACED: Final = (
    r"今日|本日|今夜|明日|昨日|明後日|今週|来週|先週|今月|来月|先月|今年|来年|去年|締め?切り?|期限|期日|曜日|現在|今のところ",
    r"今天|今晚|明天|昨天|后天|後天|前天|本周|這週|这周|本週|下周|下週|上周|上週|本月|下个月|下個月|上个月|上個月|明年|截止|到期|逾期|星期|礼拜|禮拜|目前|日期",
    r"오늘|내일|어제|모레|이번\s?주|다음\s?주|지난\s?주|이번\s?달|다음\s?달|지난\s?달|올해|마감|기한|요일|지금까지",
    r"اليوم|غدا|غدًا|أمس|هذا\s+الأسبوع|هذا\s+الشهر|الموعد\s+النهائي|आज|कल|इस\s+सप्ताह|इस\s+हफ़?्ते|इस\s+महीने|วันนี้|พรุ่งนี้|เมื่อวาน|สัปดาห์นี้|hôm\s+nay|ngày\s+mai|tuần\s+này",
)
"""Languages that put no space there, or a word's ending behind it."""

_INDONESIAN: Final = (r"(?:hari|minggu)\s+ini|besok\w*|kemarin\w*",)

_SPACED: Final = (
    *(*_ENGLISH, *_GERMAN, *_FRENCH, *_SPANISH, *_PORTUGUESE),
    *(*_ITALIAN, *_DUTCH, *_NORDIC, *_SLAVIC, *_TURKISH, *_INDONESIAN),
)


@dataclass(frozen=True, kw_only=True)
class _Words:
    """For texts in small letters, which take a third of the time that letters of any case do."""

    spaced: re.Pattern[str]
    unspaced: re.Pattern[str]
    """None of them is ASCII alone."""
    cased: re.Pattern[str]
    """For the text as it is."""


@cache
def _day_words() -> _Words:
    """Made when the first prompt comes."""
    unspaced, cased = "|".join(_UNSPACED), "|".join(_CASED_ENGLISH)
    return _Words(
        spaced=re.compile(rf"(?<!\w)(?:{_by_first_letter(_SPACED)})(?!\w)|\d{{4}}-\d\d-\d\d"),
        unspaced=re.compile(unspaced),
        cased=re.compile(rf"(?<!\w)(?:{cased})(?!\w)"),
    )


def _by_first_letter(patterns: Iterable[str]) -> str:
    """The same alternatives, of which each place in a text is only compared with those of its letter."""
    grouped = defaultdict[str, list[str]](list)
    for word in chain.from_iterable(map(_alternatives_in, patterns)):
        is_plain = word[0].isalpha() and word[1:2] not in tuple("?*+{")
        grouped[word[0] if is_plain else ""].append(word[1:] if is_plain else word)
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in grouped.items())


def _alternatives_in(pattern: str) -> Iterator[str]:
    """The alternatives of a pattern that stand in no brackets."""
    depth, begin = 0, 0
    for place, sign in enumerate(pattern):  # nothing here escapes a bracket or a bar
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and depth == 0:
            yield pattern[begin:place]
            begin = place + 1
    yield pattern[begin:]


@lru_cache(maxsize=1024)
def uses_day(prompt: str, *, has_variables: bool = False) -> bool:
    """True if the right answer to `prompt` depends on the date; its variables count if they are filled."""
    if has_variables and not _OF_THE_DAY.isdisjoint(find_variables(prompt)):
        return True
    words, small = _day_words(), prompt.lower()
    return (
        words.spaced.search(small) is not None
        or words.cased.search(prompt) is not None
        or (not small.isascii() and words.unspaced.search(small) is not None)
    )
