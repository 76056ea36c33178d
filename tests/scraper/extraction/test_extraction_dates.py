from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from scraper.extraction.dates import parse, read

# A Monday, 15:00 in Damascus.
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAMASCUS, CAIRO, TUNIS, RIYADH = "Asia/Damascus", "Africa/Cairo", "Africa/Tunis", "Asia/Riyadh"

# The string, the site's zone, and what it says: a day, an instant in UTC, or nothing.
TABLE = [
    # Levantine months
    ("16-شباط-2021", DAMASCUS, "2021-02-16"),
    ("19 حزيران 2025", DAMASCUS, "2025-06-19"),
    ("1 كانون الثاني 2024", DAMASCUS, "2024-01-01"),
    ("1 كانون الأول 2024", DAMASCUS, "2024-12-01"),
    ("7 تشرين الأول 2023", DAMASCUS, "2023-10-07"),
    ("7 تشرين الثاني 2023", DAMASCUS, "2023-11-07"),
    ("7 تشرين ثاني 2023", DAMASCUS, "2023-11-07"),
    ("7 كانون أول 2023", DAMASCUS, "2023-12-07"),
    ("28 آذار 2024", DAMASCUS, "2024-03-28"),
    ("28 اذار 2024", DAMASCUS, "2024-03-28"),
    ("3 نيسان، 2024", DAMASCUS, "2024-04-03"),
    ("3 أيّار 2024", DAMASCUS, "2024-05-03"),
    ("30 تمّوز 2024", DAMASCUS, "2024-07-30"),
    ("15 آب 2024", DAMASCUS, "2024-08-15"),
    ("15 اب 2024", DAMASCUS, "2024-08-15"),
    ("21 أيلول 2024", DAMASCUS, "2024-09-21"),
    ("22 من تشرين الأول 2019", DAMASCUS, "2019-10-22"),
    ("12 من شهر حزيران عام 2025", DAMASCUS, "2025-06-12"),
    ("الأحد 8 كانون الأول 2024", DAMASCUS, "2024-12-08"),
    # Egyptian and Gulf months
    ("يونيو 18, 2025", DAMASCUS, "2025-06-18"),
    ("28 مايو، 2025", DAMASCUS, "2025-05-28"),
    ("٢٤ أغسطس ٢٠٢٠", DAMASCUS, "2020-08-24"),
    ("24 أغسطس 2020", CAIRO, "2020-08-24"),
    ("1 يناير 2026", CAIRO, "2026-01-01"),
    ("2 فبراير 2026", CAIRO, "2026-02-02"),
    ("3 مارس 2026", CAIRO, "2026-03-03"),
    ("4 ابريل 2026", CAIRO, "2026-04-04"),
    ("4 أبريل 2026", CAIRO, "2026-04-04"),
    ("5 يونيه 2026", CAIRO, "2026-06-05"),
    ("6 يوليو 2026", CAIRO, "2026-07-06"),
    ("6 يوليه 2026", CAIRO, "2026-07-06"),
    ("7 سبتمبر 2026", CAIRO, "2026-09-07"),
    ("8 أكتوبر 2026", CAIRO, "2026-10-08"),
    ("9 نوفمبر 2026", CAIRO, "2026-11-09"),
    ("10 ديسمبر 2025", CAIRO, "2025-12-10"),
    ("2025 يونيو 18", CAIRO, "2025-06-18"),
    # Maghrebi months
    ("12 جانفي 2024", TUNIS, "2024-01-12"),
    ("12 فيفري 2024", TUNIS, "2024-02-12"),
    ("12 أفريل 2024", TUNIS, "2024-04-12"),
    ("12 ماي 2024", TUNIS, "2024-05-12"),
    ("12 جوان 2024", TUNIS, "2024-06-12"),
    ("12 جويلية 2024", TUNIS, "2024-07-12"),
    ("12 أوت 2024", TUNIS, "2024-08-12"),
    ("12 يوليوز 2024", "Africa/Casablanca", "2024-07-12"),
    ("12 غشت 2024", "Africa/Casablanca", "2024-08-12"),
    ("12 شتنبر 2024", "Africa/Casablanca", "2024-09-12"),
    ("12 نونبر 2024", "Africa/Casablanca", "2024-11-12"),
    ("12 دجنبر 2024", "Africa/Casablanca", "2024-12-12"),
    # Two and three names of one month
    ("24 نيسان / أبريل 2020", DAMASCUS, "2020-04-24"),
    ("24 نيسان/أبريل 2020", DAMASCUS, "2020-04-24"),
    ("5 مارس (آذار) 2021", RIYADH, "2021-03-05"),
    ("أغسطس/آب 5, 2021", RIYADH, "2021-08-05"),
    ("2 حزيران (يونيو - جوان)، 2018", DAMASCUS, "2018-06-02"),
    ("21 أيلول (سبتمبر - شتنبر)، 2017", DAMASCUS, "2017-09-21"),
    ("1 كانون الثاني/ يناير 2022", DAMASCUS, "2022-01-01"),
    ("5 مارس (نيسان) 2021", RIYADH, None),
    # Digits
    ("١٩ حزيران ٢٠٢٥", DAMASCUS, "2025-06-19"),
    ("۱۹ حزیران ۲۰۲۵", DAMASCUS, "2025-06-19"),
    ("٢٠٢٥/٠٦/١٩", DAMASCUS, "2025-06-19"),
    ("١٩-٠٦-٢٠٢٥", DAMASCUS, "2025-06-19"),
    # Hijri beside Gregorian
    (
        "الجمعة - 19 شعبان 1442 هـ - 02 أبريل 2021 مـ رقم العدد [ 15466]",
        RIYADH,
        "2021-04-02",
    ),
    ("19 شعبان 1442هـ الموافق 2 أبريل 2021م", RIYADH, "2021-04-02"),
    ("1442/8/19 - 2021/4/2", RIYADH, "2021-04-02"),
    ("19-8-1442 هـ / 2-4-2021 م", RIYADH, "2021-04-02"),
    ("15 ربيع الأول 1445 هـ", RIYADH, None),
    ("1442/8/19", RIYADH, None),
    # Numbers
    ("18/06/2025", DAMASCUS, "2025-06-18"),
    ("2025-06-19", DAMASCUS, "2025-06-19"),
    ("19.06.2025 | سياسة", DAMASCUS, "2025-06-19"),
    ("2025/6/2", DAMASCUS, "2025-06-02"),
    ("2-6-2025", DAMASCUS, "2025-06-02"),
    ("5/6/2025", DAMASCUS, "2025-06-05"),
    ("5/6/2025", "America/New_York", "2025-05-06"),
    ("الجمعة 6/5/2026", DAMASCUS, "2026-06-05"),
    ("12/25/2025", DAMASCUS, "2025-12-25"),
    ("20250619", DAMASCUS, "2025-06-19"),
    ("2024年04月24日", "Asia/Shanghai", "2024-04-24"),
    ("2025. 6. 4.", "Asia/Seoul", "2025-06-04"),
    # Clocks and parts of the day
    ("تم نشره الجمعة 24 نيسان / أبريل 2020 09:22 مساءً", "Asia/Amman", "2020-04-24T18:22"),
    ("الأربعاء، 07 أكتوبر 2020 - 12:09 م", CAIRO, "2020-10-07T10:09"),
    ("الأربعاء، 07 أكتوبر 2020 - 12:09 ص", CAIRO, "2020-10-06T22:09"),
    ("19 حزيران 2025 - 09:30 ص", DAMASCUS, "2025-06-19T06:30"),
    ("19 حزيران 2025 - 09:30 م", DAMASCUS, "2025-06-19T18:30"),
    ("09:30 19 حزيران 2025", DAMASCUS, "2025-06-19T06:30"),
    ("19 حزيران 2025 الساعة 9 مساءً", DAMASCUS, "2025-06-19T18:00"),
    ("19 حزيران 2025، 1:30 ظهراً", DAMASCUS, "2025-06-19T10:30"),
    ("19 حزيران 2025، 12:30 ظهراً", DAMASCUS, "2025-06-19T09:30"),
    ("19 حزيران 2025، 3:15 بعد الظهر", DAMASCUS, "2025-06-19T12:15"),
    ("19 حزيران 2025، 4:15 عصراً", DAMASCUS, "2025-06-19T13:15"),
    ("19 حزيران 2025، 4:15 فجراً", DAMASCUS, "2025-06-19T01:15"),
    ("19 حزيران 2025، 10:00 ليلاً", DAMASCUS, "2025-06-19T19:00"),
    ("19 حزيران 2025، 12:30 ليلاً", DAMASCUS, "2025-06-18T21:30"),
    ("19 حزيران 2025، 12:30 بعد منتصف الليل", DAMASCUS, "2025-06-18T21:30"),
    ("19 حزيران 2025 13:30 م", DAMASCUS, "2025-06-19T10:30"),
    ("Friday, 06/13/2025 9:05 PM", DAMASCUS, "2025-06-13T18:05"),
    ("19/06/2025 21:05:33", DAMASCUS, "2025-06-19T18:05"),
    ("2025. 6. 4. 02:37", "Asia/Seoul", "2025-06-03T17:37"),
    ("12h30 - 19 juin 2025", "Europe/Paris", "2025-06-19T10:30"),
    # Zones that are stated
    ("2025-06-19T10:00:00+03:00", CAIRO, "2025-06-19T07:00"),
    ("2025-06-19T10:00:00+0300", CAIRO, "2025-06-19T07:00"),
    ("2025-06-19T10:00:00.123Z", DAMASCUS, "2025-06-19T10:00"),
    ("2025-06-19 10:00:00 +00:00", DAMASCUS, "2025-06-19T10:00"),
    ("2025-06-19 10:00:00", DAMASCUS, "2025-06-19T07:00"),
    ("20250619T100000Z", DAMASCUS, "2025-06-19T10:00"),
    ("Thu, 19 Jun 2025 10:00:00 +0300", CAIRO, "2025-06-19T07:00"),
    ("Thu, 19 Jun 2025 10:00:00 GMT", DAMASCUS, "2025-06-19T10:00"),
    ("Thu Jun 19 2025 10:00:00 GMT+0300 (EEST)", CAIRO, "2025-06-19T07:00"),
    ("19 حزيران 2025 - 10:00 بتوقيت غرينتش", DAMASCUS, "2025-06-19T10:00"),
    ("19 حزيران 2025 - 10:00 بتوقيت دمشق", CAIRO, "2025-06-19T07:00"),
    ("19 حزيران 2025 - 10:00 (GMT+3)", CAIRO, "2025-06-19T07:00"),
    ("June 19, 2025 10:00 EST", DAMASCUS, "2025-06-19T15:00"),
    ("1750345200", DAMASCUS, "2025-06-19T15:00"),
    ("1750345200000", DAMASCUS, "2025-06-19T15:00"),
    # Syria's summer time until 2022, and +03 ever since
    ("15 كانون الثاني 2021 12:00", DAMASCUS, "2021-01-15T10:00"),
    ("15 تموز 2021 12:00", DAMASCUS, "2021-07-15T09:00"),
    ("15 كانون الثاني 2023 12:00", DAMASCUS, "2023-01-15T09:00"),
    ("15 تموز 2023 12:00", DAMASCUS, "2023-07-15T09:00"),
    ("28 تشرين الأول 2022 12:00", DAMASCUS, "2022-10-28T09:00"),
    ("29 تشرين الأول 2021 12:00", DAMASCUS, "2021-10-29T10:00"),
    # Counted back from now
    ("منذ ساعتين", DAMASCUS, "2026-11-23T10:00"),
    ("منذ 5 ساعات", DAMASCUS, "2026-11-23T07:00"),
    ("5 ساعات \N{RIGHT-TO-LEFT MARK}ago", DAMASCUS, "2026-11-23T07:00"),
    ("منذ ساعة و20 دقيقة", DAMASCUS, "2026-11-23T10:40"),
    ("قبل نصف ساعة", DAMASCUS, "2026-11-23T11:30"),
    ("قبل ٣ دقائق", DAMASCUS, "2026-11-23T11:57"),
    ("منذ ثلاث ساعات", DAMASCUS, "2026-11-23T09:00"),
    ("3 hours ago", DAMASCUS, "2026-11-23T09:00"),
    ("منذ يومين", DAMASCUS, "2026-11-21"),
    ("منذ \N{RIGHT-TO-LEFT MARK}يومين", DAMASCUS, "2026-11-21"),
    ("منذ 4 أيام", DAMASCUS, "2026-11-19"),
    ("منذ أسبوعين", DAMASCUS, "2026-11-09"),
    ("أمس", DAMASCUS, "2026-11-22"),
    ("أمس الأحد", DAMASCUS, "2026-11-22"),
    ("أول أمس", DAMASCUS, "2026-11-21"),
    ("أمس، 10:30 م", DAMASCUS, "2026-11-22T19:30"),
    ("اليوم 09:15 ص", DAMASCUS, "2026-11-23T06:15"),
    ("yesterday", DAMASCUS, "2026-11-22"),
    ("أمس الثلاثاء", DAMASCUS, None),
    ("منذ شهرين", DAMASCUS, None),
    ("منذ 3 أشهر", DAMASCUS, None),
    ("منذ سنة", DAMASCUS, None),
    # Without a year only a weekday can tell which
    ("الأحد 22 تشرين الثاني", DAMASCUS, "2026-11-22"),
    ("الإثنين 22 تشرين الثاني", DAMASCUS, None),
    ("22 تشرين الثاني", DAMASCUS, None),
    # The day of publication, not of the update
    ("آخر تحديث 20 حزيران 2025 نشر في 19 حزيران 2025", DAMASCUS, "2025-06-19"),
    ("نشر في: 19 حزيران 2025 - آخر تحديث: 20 حزيران 2025", DAMASCUS, "2025-06-19"),
    # No such day, not that weekday, the future, no date
    ("31 نيسان 2025", DAMASCUS, None),
    ("30/02/2025", DAMASCUS, None),
    ("13/13/2025", DAMASCUS, None),
    ("الجمعة 19 حزيران 2025", DAMASCUS, None),
    ("الخميس 19 حزيران 2025", DAMASCUS, "2025-06-19"),
    ("1 كانون الثاني 2027", DAMASCUS, None),
    ("2026-11-23T18:00:00+03:00", DAMASCUS, None),
    ("2026-11-23T14:30:00Z", DAMASCUS, "2026-11-23T11:30"),
    ("القرار 2254 لعام 2015", DAMASCUS, None),
    ("العدد 15466", DAMASCUS, None),
    ("0963 11 2025 10", DAMASCUS, None),
    ("حزيران 2025", DAMASCUS, None),
    ("", DAMASCUS, None),
]


def test_the_table_is_long_enough_to_mean_something():
    assert len(TABLE) >= 120


@pytest.mark.parametrize(("text", "zone", "said"), TABLE)
def test_a_displayed_date_says_what_a_reader_takes_it_to_say(text, zone, said):
    moment = read(text, timezone=zone, now=NOW)

    if said is None:
        assert moment is None
    elif "T" in said:
        assert moment is not None
        assert (
            moment.at.replace(second=0, microsecond=0, tzinfo=None).isoformat("T", "minutes")
            == said
        )
    else:
        assert moment is not None
        assert (moment.day.isoformat(), moment.clock) == (said, None)
        assert moment.at.astimezone(ZoneInfo(zone)).time() == time(12)


def test_a_day_without_an_hour_is_the_same_day_in_utc_and_in_the_zone():
    at = parse("19 حزيران 2025", timezone=DAMASCUS, now=NOW)

    assert at == datetime(2025, 6, 19, 9, tzinfo=UTC)


def test_this_very_day_is_never_after_now():
    morning = datetime(2026, 11, 23, 5, tzinfo=UTC)

    assert parse("23 تشرين الثاني 2026", timezone=DAMASCUS, now=morning) == datetime(
        2026, 11, 22, 21, tzinfo=UTC
    )
