"""Days written out in the languages that messages are sent in, and things counted."""

from datetime import date
from typing import Final

_MONTH_NAMES: Final = {
    "en": ("January February March April May June July August September October November December"),
    "de": ("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "fr": ("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    ),
    "pt": (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre"
    ),
    "nl": (
        "januari februari maart april mei juni juli augustus september oktober november december"
    ),
}
_WEEKDAY_NAMES: Final = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "pt": ("segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo"),
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
}
MONTHS: Final = {language: names.split() for language, names in _MONTH_NAMES.items()}
WEEKDAYS: Final = {language: names.split() for language, names in _WEEKDAY_NAMES.items()}
_FORMS: Final = {
    "en": "{weekday} {day} {month} {year}",
    "de": "{weekday}, {day}. {month} {year}",
    "fr": "{weekday} {day} {month} {year}",
    "es": "{weekday}, {day} de {month} de {year}",
    "pt": "{weekday}, {day} de {month} de {year}",
    "it": "{weekday} {day} {month} {year}",
    "nl": "{weekday} {day} {month} {year}",
}


def day_in_words(day: date, language: str) -> str:
    """Write a day out in a language, or in English where we do not speak it.

    Args:
        day: The day, already in the reader's zone.
        language: Tag such as "de", "pt-BR" or "fr_CA"; only its first part counts.
    """
    tag = language.replace("_", "-").split("-")[0].lower()
    spoken = tag if tag in _FORMS else "en"
    # French alone counts the first of a month differently.
    number = "1er" if spoken == "fr" and day.day == 1 else str(day.day)
    return _FORMS[spoken].format(
        weekday=WEEKDAYS[spoken][day.weekday()],
        day=number,
        month=MONTHS[spoken][day.month - 1],
        year=day.year,
    )


def counted(number: int, noun: str, several: str | None = None) -> str:
    """So many of a thing, in English: "1 day", "2 days".

    Args:
        number: How many.
        noun: One of them.
        several: More of them, where an s does not say it.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"
