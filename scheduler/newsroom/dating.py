"""Dates as the replica sites print them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAMASCUS = ZoneInfo("Asia/Damascus")

LEVANTINE = (
    "كانون الثاني",
    "شباط",
    "آذار",
    "نيسان",
    "أيار",
    "حزيران",
    "تموز",
    "آب",
    "أيلول",
    "تشرين الأول",
    "تشرين الثاني",
    "كانون الأول",
)
EGYPTIAN = (
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
)
WEEKDAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")

_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def local(moment: datetime) -> datetime:
    """Return *moment* by the clocks of Damascus."""
    return moment.astimezone(DAMASCUS)


def levantine(moment: datetime, joint: str = " ") -> str:
    """Return the day in Levantine month names: 22 تشرين الثاني 2026."""
    day = local(moment)
    return joint.join((str(day.day), LEVANTINE[day.month - 1], str(day.year)))


def egyptian(moment: datetime) -> str:
    """Return the day in Egyptian month names, month first: نوفمبر 22, 2026."""
    day = local(moment)
    return f"{EGYPTIAN[day.month - 1]} {day.day}, {day.year}"


def egyptian_comma(moment: datetime) -> str:
    """Return the day with an Arabic comma: 22 نوفمبر، 2026."""
    day = local(moment)
    return f"{day.day} {EGYPTIAN[day.month - 1]}، {day.year}"


def indic(moment: datetime) -> str:
    """Return the day in Arabic-Indic digits and Egyptian month names: ٢٢ نوفمبر ٢٠٢٦."""
    day = local(moment)
    return f"{day.day} {EGYPTIAN[day.month - 1]} {day.year}".translate(_INDIC)


def indic_digits(number: int) -> str:
    """Return *number* in Arabic-Indic digits.

    >>> indic_digits(34)
    '٣٤'
    """
    return str(number).translate(_INDIC)


def double(moment: datetime) -> str:
    """Return weekday, day and hour, the month named twice, as Joomla sites print it."""
    day = local(moment)
    month = f"{LEVANTINE[day.month - 1]}/{EGYPTIAN[day.month - 1]}"
    return f"{WEEKDAYS[day.weekday()]}، {day.day} {month} {day.year} {day:%H:%M}"


def slashed(moment: datetime) -> str:
    """Return day and minute in figures, day first: 22/11/2026 14:35."""
    return f"{local(moment):%d/%m/%Y %H:%M}"


def relative(moment: datetime, now: datetime) -> str | None:
    """Return how long ago *moment* was, or None when it is three days or more.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> relative(now - timedelta(hours=49), now)
    'منذ يومين'
    """
    age = now - moment
    if age >= timedelta(days=3):
        return None
    if age >= timedelta(days=1):
        return "منذ يومين" if age >= timedelta(days=2) else "منذ يوم واحد"
    if age >= timedelta(hours=1):
        return "منذ " + counted(
            int(age / timedelta(hours=1)), "ساعة واحدة", "ساعتين", "ساعات", "ساعة"
        )
    minutes = max(1, int(age / timedelta(minutes=1)))
    return "منذ " + counted(minutes, "دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة")


def counted(number: int, one: str, two: str, few: str, many: str) -> str:
    """Return *number* of a thing in the form Arabic grammar asks for.

    >>> counted(2, "ساعة واحدة", "ساعتين", "ساعات", "ساعة")
    'ساعتين'
    >>> counted(5, "ساعة واحدة", "ساعتين", "ساعات", "ساعة")
    '5 ساعات'
    """
    if number == 1:
        return one
    if number == 2:
        return two
    return f"{number} {few if number <= 10 else many}"
