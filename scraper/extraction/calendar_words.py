"""The words in which sites write dates: months, weekdays, parts of the day, zones.

Keys are in the form `wording.letters` brings text to: hamza forms and marks
folded, lower case. Arabic has four vocabularies for the same twelve months;
sites mix them, and some print two or three beside each other.
"""

from scraper.extraction.wording import letters

_MONTH_NAMES = (
    # Levantine; Egyptian and Gulf; Tunisian, Algerian and Moroccan; then the
    # languages of other sites: English, French, German, Spanish, Italian,
    # Portuguese, Turkish, Kurdish, Indonesian, Russian and Ukrainian, Greek, Polish.
    (
        "كانون الثاني|كانون ثاني|كانون2|كانون 2|ك2|كانون الثانى",
        "يناير|ينائر",
        "جانفي",
        "january jan janvier janv januar jänner januari enero ene gennaio gen janeiro ocak oca çile января янв січня ιανουαρίου ιανουαριοσ ιαν stycznia leden ledna januára siječnja",
    ),
    (
        "شباط",
        "فبراير|فبرايير",
        "فيفري|فيفرى",
        "february feb février févr fév februar februari febrero febbraio fevereiro fev şubat şub sibat февраля фев лютого φεβρουαρίου φεβ lutego února veljače",
    ),
    (
        "اذار|ادار",
        "مارس",
        "",
        "march mar mars märz maart marzo março mart adar marts maret mac марта мар березня μαρτίου μαρ marca března ožujka",
    ),
    (
        "نيسان",
        "ابريل|إبريل",
        "افريل",
        "april apr avril avr abril abr aprile nisan nis nîsan апреля апр квітня απριλίου απρ kwietnia dubna travnja",
    ),
    (
        "ايار",
        "مايو|مايس",
        "ماي",
        "may mai mei mayo maggio mag maio mayıs gulan maj мая май травня μαΐου μαϊου μάιος maja května svibnja",
    ),
    (
        "حزيران",
        "يونيو|يونيه|يونية",
        "جوان",
        "june jun juin juni junio giugno giu junho haziran haz hezîran июня июн червня ιουνίου ιουν czerwca června lipnja",
    ),
    (
        "تموز",
        "يوليو|يوليه|يولية",
        "جويليه|جويلية|جويليا|يوليوز",
        "july jul juillet juil juli julio luglio lug julho temmuz tem tîrmeh июля июл липня ιουλίου ιουλ lipca července srpnja",
    ),
    (
        "اب",
        "اغسطس|اغسطوس",
        "اوت|غشت|اغشت",
        "august aug août aout augustus agosto ago agustus ağustos ağu tebax августа авг серпня αυγούστου αυγ sierpnia srpna kolovoza",
    ),
    (
        "ايلول",
        "سبتمبر|سبتمر|سيبتمبر",
        "شتنبر",
        "september sep sept septembre septiembre settembre set setembro eylül eyl îlon сентября сен вересня σεπτεμβρίου σεπ września září rujna",
    ),
    (
        "تشرين الاول|تشرين اول|تشرين1|تشرين 1|ت1",
        "اكتوبر",
        "",
        "october oct octobre oktober okt octubre ottobre ott outubro out ekim eki cotmeh oktober октября окт жовтня οκτωβρίου οκτ października října",
    ),
    (
        "تشرين الثاني|تشرين ثاني|تشرين2|تشرين 2|ت2|تشرين الثانى",
        "نوفمبر|نوفنبر",
        "نونبر",
        "november nov novembre noviembre novembro kasım kas mijdar ноября ноя листопада νοεμβρίου νοε listopada studenoga",
    ),
    (
        "كانون الاول|كانون اول|كانون1|كانون 1|ك1",
        "ديسمبر|دسمبر",
        "دجنبر",
        "december dec décembre déc dezember dez diciembre dic dicembre dezembro desember des aralık ara kanûn декабря дек грудня δεκεμβρίου δεκ grudnia prosince prosinca",
    ),
)


def _months() -> dict[str, int]:
    return {
        letters(name): number
        for number, (levantine, eastern, western, foreign) in enumerate(_MONTH_NAMES, start=1)
        for name in (*f"{levantine}|{eastern}|{western}".split("|"), *foreign.split())
        if name
    }


MONTHS = _months()

# Monday is 0, as in datetime.
WEEKDAYS = {
    letters(name): number
    for number, names in enumerate(
        (
            "الاثنين|الإثنين|اثنين|الأثنين|monday|mon|lundi|montag|lunes|pazartesi",
            "الثلاثاء|ثلاثاء|الثلاثا|tuesday|tue|tues|mardi|dienstag|martes|salı",
            "الاربعاء|اربعاء|الاربعا|wednesday|wed|mercredi|mittwoch|miércoles|çarşamba",
            "الخميس|خميس|thursday|thu|thur|thurs|jeudi|donnerstag|jueves|perşembe",
            "الجمعه|جمعه|friday|fri|vendredi|freitag|viernes|cuma",
            "السبت|سبت|saturday|sat|samedi|samstag|sábado|cumartesi",
            "الاحد|احد|sunday|sun|dimanche|sonntag|domingo|pazar",
        )
    )
    for name in names.split("|")
}

# The part of the day a clock reading of twelve hours belongs to.
MORNING = (
    "بعد منتصف الليل",
    "منتصف الليل",
    "صباحا",
    "صباح",
    "فجرا",
    "الفجر",
    "ضحي",
    "ص",
    "a.m.",
    "a. m.",
    "a.m",
    "am",
    "ق.ظ",
    "öö",
)
EVENING = (
    "بعد الظهر",
    "بعد المغرب",
    "بعد العشاء",
    "مساء",
    "عصرا",
    "المغرب",
    "مساءا",
    "م",
    "p.m.",
    "p. m.",
    "p.m",
    "pm",
    "ب.ظ",
    "ös",
)
NOON = ("ظهرا", "ظهر")
NIGHT = ("ليلا", "ليل")

ZONES = {
    "z": "UTC",
    "utc": "UTC",
    "gmt": "UTC",
    "ت.غ": "UTC",
    "غرينتش": "UTC",
    "غرينيتش": "UTC",
    "جرينتش": "UTC",
    "جرينيتش": "UTC",
    "دمشق": "Asia/Damascus",
    "سوريا": "Asia/Damascus",
    "بيروت": "Asia/Beirut",
    "القدس": "Asia/Jerusalem",
    "مكه": "Asia/Riyadh",
    "السعوديه": "Asia/Riyadh",
    "الرياض": "Asia/Riyadh",
    "بغداد": "Asia/Baghdad",
    "القاهره": "Africa/Cairo",
    "عمان": "Asia/Amman",
    "الدوحه": "Asia/Qatar",
    "اسطنبول": "Europe/Istanbul",
    "ابوظبي": "Asia/Dubai",
    "الامارات": "Asia/Dubai",
    "est": "-05:00",
    "edt": "-04:00",
    "cst": "-06:00",
    "cdt": "-05:00",
    "mst": "-07:00",
    "mdt": "-06:00",
    "pst": "-08:00",
    "pdt": "-07:00",
    "et": "America/New_York",
    "pt": "America/Los_Angeles",
    "bst": "+01:00",
    "wib": "+07:00",
    "cet": "+01:00",
    "cest": "+02:00",
    "eet": "+02:00",
    "eest": "+03:00",
    "msk": "+03:00",
    "trt": "+03:00",
    "jst": "+09:00",
    "kst": "+09:00",
}

# What one unit of "ago" is worth, in seconds; a month or a year ago is no day.
AGO_UNITS = {
    "ثانيه": 1, "ثواني": 1, "ثوان": 1, "second": 1, "seconds": 1, "sec": 1, "secs": 1,
    "دقيقه": 60, "دقايق": 60, "minute": 60, "minutes": 60, "min": 60, "mins": 60,
    "ساعه": 3600, "ساعات": 3600, "hour": 3600, "hours": 3600, "hr": 3600, "hrs": 3600,
    "h": 3600, "d": 86400, "w": 604800,
    "يوم": 86400, "ايام": 86400, "يوما": 86400, "day": 86400, "days": 86400,
    "اسبوع": 604800, "اسابيع": 604800, "اسبوعا": 604800, "week": 604800, "weeks": 604800,
}  # fmt: skip
AGO_PAIRS = {
    "ثانيتين": 1, "دقيقتين": 60, "ساعتين": 3600, "يومين": 86400, "اسبوعين": 604800,
    "ثانيتان": 1, "دقيقتان": 60, "ساعتان": 3600, "يومان": 86400, "اسبوعان": 604800,
}  # fmt: skip
AGO_NUMBERS = {
    "واحده": 1, "واحد": 1, "ثلاث": 3, "ثلاثه": 3, "اربع": 4, "اربعه": 4, "خمس": 5, "خمسه": 5,
    "ست": 6, "سته": 6, "سبع": 7, "سبعه": 7, "ثماني": 8, "ثمان": 8, "ثمانيه": 8, "تسع": 9,
    "تسعه": 9, "عشر": 10, "عشره": 10, "احدي عشره": 11, "احد عشر": 11, "اثنتي عشره": 12,
    "اثني عشر": 12, "اثنتا عشره": 12, "اثنا عشر": 12, "ثلاث عشره": 13, "ثلاثه عشر": 13,
    "اربع عشره": 14, "اربعه عشر": 14, "خمس عشره": 15, "خمسه عشر": 15, "ست عشره": 16,
    "سته عشر": 16, "سبع عشره": 17, "سبعه عشر": 17, "ثماني عشره": 18, "ثمانيه عشر": 18,
    "تسع عشره": 19, "تسعه عشر": 19, "عشرين": 20, "عشرون": 20, "ثلاثين": 30, "ثلاثون": 30,
    "اربعين": 40, "اربعون": 40, "خمسين": 50, "خمسون": 50, "a": 1, "an": 1, "one": 1,
}  # fmt: skip
AGO_PARTS = {"نصف": 1 / 2, "ثلث": 1 / 3, "ربع": 1 / 4}
# Without a number these say no day: "منذ ساعات".
AGO_PLURALS = frozenset(("ساعات", "ايام", "اسابيع", "hours", "hrs", "days", "weeks", "h", "d", "w"))
NOW_WORDS = ("الان", "قبل قليل", "منذ قليل", "just now", "للتو", "قبل لحظات", "منذ لحظات")
TODAY_WORDS = ("اليوم", "today")
YESTERDAY_WORDS = ("امس", "الامس", "بالامس", "البارحه", "yesterday")
BEFORE_YESTERDAY_WORDS = ("اول امس", "امس الاول", "اول من امس", "قبل امس")
