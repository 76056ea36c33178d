import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path

import pytest

from storage.copies import Text, compare
from tests import moulds

PAIRS = Path(__file__).parents[2] / "../shared/data/dedup_pairs.jsonl"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

HEADLINE = "افتتاح محطة لتحلية المياه في الحسكة بدعم أممي"
SENTENCES = [
    "افتتحت مديرية المياه في الحسكة محطة جديدة لتحلية المياه الجوفية بدعم من الأمم المتحدة.",
    "وقال مدير المياه عيسى يونس إن المحطة تنتج 500 متر مكعب يوميا وتغذي ثلاثة أحياء في المدينة.",
    "ويعاني أهالي المدينة منذ سنوات من انقطاع المياه بعد توقف محطة علوك عن الضخ مرات متكررة.",
    "وأضاف يونس أن العمل يجري على حفر آبار جديدة في ريف المدينة الجنوبي قبل حلول الصيف المقبل.",
    "وتعتمد العائلات على صهاريج تنقل المياه بأسعار مرتفعة لا يقدر على دفعها معظم السكان.",
]
BODY = "\n\n".join(SENTENCES)
FIRST = Text(HEADLINE, BODY, NOW, "sana")
COPY = replace(FIRST, site="enab", published_at=NOW + 5 * HOUR)

MOULD = (
    "دير الزور – خاص\nقتل العنصر في قوات سوريا الديمقراطية {who}، {day}، برصاص مجهولين في بلدة {where}"
    " بريف دير الزور الشرقي.\nوقال مصدر محلي إن مسلحين يستقلون دراجة نارية أطلقوا النار على العنصر"
    " قرب السوق الرئيسي في البلدة ولاذوا بالفرار إلى جهة مجهولة.\nويشهد ريف دير الزور عمليات اغتيال"
    " متكررة تطال عناصر ووجهاء عشائر وموظفين في الإدارة الذاتية."
)


def killing(who: str, where: str, *, day: str = "الاثنين", site: str = "enab") -> Text:
    body = MOULD.format(who=who, where=where, day=day)
    return Text(f"مجهولون يغتالون عنصرا من قسد في بلدة {where}", body, NOW, site)


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(replace(COPY, headline="الحسكة: محطة لتحلية مياه الآبار"), id="title"),
        pytest.param(replace(COPY, body="الحسكة – وكالات\n" + BODY), id="lead-in"),
        pytest.param(replace(COPY, body="\n".join(SENTENCES[:2])), id="truncated"),
        pytest.param(
            replace(COPY, body="\n".join(SENTENCES[:3]), headline="محطة مياه"), id="retitled"
        ),
        pytest.param(
            replace(COPY, body="\n".join([SENTENCES[0], *SENTENCES[:0:-1]])), id="reordered"
        ),
        pytest.param(
            replace(
                COPY,
                body=BODY + "\nمقالات ذات صلة\nتركيا تغلق معبرا\nشارك هذا الموضوع: فيسبوك تويتر",
            ),
            id="boilerplate",
        ),
        pytest.param(
            replace(COPY, body=BODY.replace("مدير", "مسؤول").replace("جديدة", "حديثة")),
            id="words",
        ),
    ],
)
def test_an_edited_copy_elsewhere_is_a_duplicate(copy):
    verdict = compare(FIRST, copy)

    assert verdict.relation == "duplicate"
    assert compare(copy, FIRST).relation == "duplicate"
    assert "published 5 h apart" in verdict.reasons


def test_marks_typography_and_spelling_leave_an_exact_copy():
    copy = replace(
        COPY,
        body=BODY.replace("المياه", "المي\N{ARABIC TATWEEL}اهِ").replace("أ", "ا").replace(".", "؛"),
    )

    assert compare(FIRST, copy).relation == "exact"


def test_a_mould_filled_with_other_names_is_no_copy():
    one, other = killing("محمود العلي", "الصبحة"), killing("عمار الخلف", "ذيبان", site="npa")

    assert compare(one, other).relation is None
    assert any("ذيبان" in reason for reason in compare(one, other).reasons)


def test_on_one_site_a_mould_filled_anew_the_same_day_is_related_and_not_joined():
    verdict = compare(killing("محمود العلي", "الصبحة"), killing("عمار الخلف", "ذيبان"))

    assert verdict.relation == "related"
    assert not verdict.joins


ARREST = (
    "ألقت قوى الأمن الداخلي في محافظة {where} القبض على المدعو {who} خلال عملية أمنية نفذتها بعد"
    " متابعة دقيقة ورصد لتحركات المطلوب، وأحيل إلى القضاء المختص لاستكمال الإجراءات القانونية."
    " وأكدت وزارة الداخلية استمرارها في ملاحقة المطلوبين في مختلف المحافظات حفاظا على الأمن."
)


def arrest(who: str, where: str, site: str = "sana") -> Text:
    return Text("القبض على أحد المطلوبين", ARREST.format(who=who, where=where), NOW, site)


def test_names_replaced_in_the_body_alone_are_another_report():
    one = arrest("فراس قاسم", "حمص")

    other_person = compare(one, arrest("نضال درويش", "حمص", "enab"))
    assert other_person.reasons[-1] == "other names: فراس قاسم here, نضال درويش there"
    assert not other_person.joins
    assert not compare(one, arrest("فراس قاسم", "درعا", "enab")).joins
    assert compare(one, arrest("فراس القاسم", "حمص", "enab")).joins


def test_the_newsroom_in_a_dateline_is_no_other_place():
    one, copy = arrest("فراس قاسم", "حمص"), arrest("فراس قاسم", "حمص", "enab")
    lines = [
        f"{where} – {who}\n{text.body}"
        for where, who, text in (("دمشق", "سانا", one), ("إدلب", "خاص", copy))
    ]

    assert compare(replace(one, body=lines[0]), replace(copy, body=lines[1])).joins


def test_a_word_of_the_mould_is_no_spelling_of_a_name():
    water = (
        "عاد ضخ المياه إلى أحياء {} بعد إصلاح العطل الذي أصاب خط الجر الرئيسي وعملت ورشات الصيانة"
        " على مدار الساعة لاستبدال الأجزاء المتضررة من الخط وسيعود الضخ تدريجيا وفق برنامج التوزيع"
    )
    one, other = (
        Text(f"عودة ضخ المياه إلى أحياء {where}", water.format(where), NOW, site)
        for where, site in (("الطيانة", "sana"), ("هجين", "enab"))
    )

    assert not compare(one, other).joins


def test_who_arrives_and_who_leaves_are_two_reports():
    visit = (
        "{} وزير الخارجية السوري والوفد المرافق له العاصمة الأردنية عمان في زيارة رسمية وكان في {}"
        " في مطار الملكة علياء الدولي وزير الخارجية الأردني والسفير السوري وأعضاء السفارة وعدد من"
        " كبار المسؤولين في وزارة الخارجية الأردنية وممثلون عن الجالية السورية في المملكة"
    )
    one = Text("وزير الخارجية يصل إلى عمان", visit.format("وصل", "استقباله"), NOW, "sana")
    other = Text("وزير الخارجية يغادر عمان", visit.format("غادر", "وداعه"), NOW + DAY, "enab")

    assert not compare(one, other).joins
    assert compare(one, replace(one, headline="زيارة وزير الخارجية", site="enab")).joins


def test_the_bulletin_of_the_next_day_is_no_copy_of_this_one():
    weather = (
        "توقعت المديرية العامة للأرصاد الجوية أن يكون الجو غائما جزئيا مع فرصة لهطول زخات من المطر"
        " على المناطق {} والرياح غربية معتدلة تنشط أحيانا والبحر متوسط ارتفاع الموج وتميل درجات"
        " الحرارة إلى الانخفاض وتحذر المديرية من تشكل الضباب في المرتفعات والمناطق {}"
    )
    one = Text("طقس غائم", weather.format("الساحلية", "الداخلية"), NOW, "sana")
    other = Text("الطقس اليوم", weather.format("الشمالية", "الشرقية"), NOW + DAY, "enab")

    assert compare(one, other).reasons[-1] == "a daily bulletin of another day"
    assert compare(one, replace(other, published_at=NOW + HOUR)).joins


def test_a_text_that_begins_with_other_news_is_no_copy_though_it_has_the_words():
    said = ("المياه", "الحسكة", "سنوات", "المدينة", "الأمم", "بدعم")
    others = " ".join(f"{word} خبر{n} آخر{n}" for n in "ابتثجحخ" for word in said)
    longer = Text("مدير المياه: المدينة تعاني", f"{others}\n{BODY}", NOW, "enab")

    assert compare(FIRST, longer).reasons[-1].endswith("an item of a longer text")


def test_a_text_in_the_midst_of_one_several_times_as_long_is_an_item_of_it():
    names = " ".join(word for word in HEADLINE.split() if len(word) > 3)
    before = " ".join(f"{word} كلام{n}" for n in "ابتثجح" for word in [*names.split(), "المدينة"])
    after = " ".join(f"قول{one}{other}" for one in "ابتثجحخدذرز" for other in "ابتثجحخدذرزسشص")

    verdict = compare(FIRST, replace(COPY, headline="مطالب", body=f"{before}\n{BODY}\n{after}"))
    assert verdict.reasons[-1].endswith("an item of a longer text")


def test_the_numbers_of_a_footer_are_not_those_of_the_news():
    footer = "مقالات ذات صلة\n" + "\n".join(
        f"عنوان آخر من الموقع عن {topic} لا صلة له" for topic in ("الرياضة", "الطقس", "الفن")
    )
    cut = "\n".join([SENTENCES[0], SENTENCES[2], SENTENCES[4]])
    copy = replace(COPY, body=f"{cut}\n{footer}\nجميع الحقوق محفوظة 2026، العدد 371")

    assert compare(FIRST, copy).relation == "duplicate"


def test_a_small_part_of_a_long_text_is_no_copy_of_it():
    more = " ".join(f"كلمة{number}" for number in range(900))

    assert not compare(FIRST, replace(COPY, headline="تقرير", body=f"{BODY} {more}")).joins


def test_a_name_spelled_otherwise_is_the_same_name():
    one = killing("عبد الرحمن غوغل", "ابو حمام")
    other = killing("عبدالرحمن جوجل", "أبوحمام", site="npa")

    assert compare(one, other).relation == "duplicate"


def test_numbers_replaced_are_another_report():
    rate = (
        "سجل سعر صرف الليرة السورية في دمشق اليوم {} ليرة للشراء و{} ليرة للمبيع أمام الدولار وفي"
        " حلب بلغ سعر الصرف نحو {} ليرة وفق مصادر في سوق الصرافة بينما حافظ الذهب على سعره السابق"
    )
    one = Text("سعر صرف الليرة", rate.format(11200, 11300, 11250), NOW, "enab")
    other = Text("سعر صرف الليرة", rate.format(11650, 11750, 11700), NOW + DAY, "sana")

    assert compare(one, other).relation is None
    assert compare(one, replace(other, site="enab")).relation == "related"


def test_numbers_that_changed_places_are_another_report():
    toll = (
        "قتل {} مدنيين وأصيب {} آخرون بانفجار لغم من مخلفات الحرب في محيط البلدة وقال مصدر في الدفاع"
        " المدني إن فرق الإسعاف نقلت المصابين إلى أقرب مشفى وتتكرر حوادث انفجار الألغام في المنطقة"
    )
    one = Text("انفجار لغم", toll.format(3, 5), NOW, "enab")
    other = Text("انفجار لغم", toll.format(5, 3), NOW, "sana")

    assert compare(one, other).relation is None


def test_a_weekday_replaced_on_one_site_is_another_bulletin():
    verdict = compare(killing("محمود", "الصبحة"), killing("محمود", "الصبحة", day="الجمعة"))

    assert verdict.relation == "related"
    assert verdict.reasons[-1] == "another weekday: الاثنين here, الجمعه there"


def test_a_follow_up_on_one_site_that_repeats_the_background_is_related():
    news = (
        "أعلنت المديرية اليوم توقف المحطة الجديدة لتحلية مياه الآبار عن العمل بسبب عطل في الكهرباء."
    )
    follow_up = "\n".join([news, *SENTENCES[2:]])
    verdict = compare(FIRST, Text("توقف محطة تحلية المياه", follow_up, NOW + DAY, "sana"))

    assert verdict.relation == "related"
    assert verdict.reasons[-1] == "another opening over the same background"


def test_an_item_of_a_round_up_is_not_joined_with_it():
    others = "\n".join(
        f"خبر آخر عن {topic} في هذا اليوم الطويل من أيام الشتاء" for topic in "ابتثجح"
    )
    round_up = Text("أحداث اليوم في سطور", f"{others}\n{BODY}", NOW, "enab")

    verdict = compare(FIRST, round_up)

    assert verdict.relation is None
    assert verdict.reasons[-1].endswith("an item of a longer text")


def test_what_returns_after_days_is_a_copy_only_when_nearly_all_returns():
    later = replace(COPY, published_at=NOW + 5 * DAY)

    assert compare(FIRST, replace(later, headline="أعيد نشره")).relation == "duplicate"
    assert compare(FIRST, replace(later, body="\n".join(SENTENCES[:3]))).relation is None
    assert compare(FIRST, replace(later, published_at=NOW + 40 * DAY)).relation is None


def test_without_dates_the_texts_decide():
    assert compare(replace(FIRST, published_at=None), COPY).relation == "exact"


def test_a_rewriting_on_one_site_is_a_version():
    assert compare(FIRST, replace(FIRST, body="\n".join(SENTENCES[:3]))).relation == "version"


def test_short_texts_are_joined_by_their_words_or_a_whole_headline_only():
    flash = Text("عاجل: انفجار في مدينة الرقة", "التفاصيل لاحقا", NOW, "enab")
    again = Text("عاجل: انفجار في مدينة الرقة", "نوافيكم بها", NOW + HOUR, "sana")

    assert compare(flash, again).relation == "duplicate"
    assert compare(flash, replace(again, site="enab")).relation is None
    assert compare(flash, replace(again, published_at=NOW + 4 * DAY)).relation is None
    assert compare(flash, replace(again, headline="انفجار في الرقة")).relation is None
    assert compare(Text("عاجل", "", NOW, "a"), Text("عاجل", "", NOW, "b")).relation is None


@pytest.mark.parametrize("body", ["", "؟!", "\u064b\u064c", "1 2 3", "كلمة " * 50_000])
def test_any_text_can_be_compared_with_itself(body):
    text = Text("", body, None, "a")

    assert compare(text, text).score in (0.0, 1.0)


def joined(pairs: Iterable[tuple[str, Text, Text]]) -> Counter[tuple[str, bool]]:
    return Counter((kind, compare(one, other).joins) for kind, one, other in pairs)


@pytest.mark.parametrize("pairs", [moulds.different, moulds.surrounded, moulds.round_ups])
def test_a_mould_filled_anew_is_another_report_whatever_stands_around_it(pairs):
    assert [kind for kind, joins in joined(pairs()) if joins] == []


def test_what_outlets_do_to_a_report_leaves_it_the_same_report():
    assert [kind for kind, joins in joined(moulds.copies()) if not joins] == []


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("33.288 زجاجة", "33 ألفا و288 زجاجة"),
        ("33288 زجاجة", "33,288 زجاجة"),
        ("400000 زجاجة", "400 ألف زجاجة"),
        ("1250 زجاجة اليوم الأحد 17/10/1436هـ", "1250 زجاجة أمس"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(here, there):
    seized = (
        "أحبط مفتشو جمرك المنفذ تهريب {} كانت مخبأة في شاحنة محملة بالفواكه قادمة إلى البلاد وأوضح"
        " مدير عام الجمرك أن الشاحنة أوقفت للاشتباه بها وأحيل سائقها إلى الجهات المختصة"
    )
    one = Text("إحباط تهريب خمر في شحنة فواكه", seized.format(here), NOW, "sana")
    other = Text("خمر في شاحنة فواكه", seized.format(there), NOW + HOUR, "enab")

    assert compare(one, other).relation == "duplicate"


def test_two_men_of_whom_the_same_is_told_under_one_headline_are_two():
    told = (
        "نفذ اليوم حكم القضاء بعد أن أقدم {} على قتل {} إثر خلاف وقع بينهما وتمكنت سلطات الأمن من"
        " القبض عليه وأسفر التحقيق معه عن توجيه الاتهام إليه وصدر بحقه صك شرعي يقضي بثبوت ما نسب إليه"
    )
    one = Text("تنفيذ الحكم في أحد الجناة", told.format("مقرب بن سعد", "طلال بن حمود"), NOW, "sana")
    other = replace(one, body=told.format("هادي بن مبارك", "عايض بن حسن"), site="enab")

    assert compare(one, other).reasons[-1].startswith("other names: ")


def test_a_report_told_in_other_words_is_a_copy_where_it_opens_with_the_same_ones():
    said = [f"كلمة{one}{other}" for one in "ابتثجحخدذر" for other in "ابتثجح"]
    starts = [*accumulate([3, 3, 3, 4] * 5, initial=0)]
    clauses = [said[start:end] for start, end in pairwise(starts)]
    turned = [word for clause in reversed(clauses) for word in clause]
    one = Text("دعم لأسرة الحرفي", " ".join(said), NOW, "sana")
    other = Text("أسرة الحرفي مسعد", " ".join(turned), NOW, "enab")
    verdict = compare(one, other)

    assert verdict.relation == "duplicate"
    assert verdict.score < 0.4


@pytest.mark.skipif(not PAIRS.exists(), reason="the shared pairs of articles are not here")
def test_the_rule_holds_on_real_pairs():
    joined = Counter[tuple[str, bool]]()
    for pair in map(json.loads, PAIRS.read_text("utf-8").splitlines()):
        joined[pair["label"], compare(*texts(pair)).joins] += 1

    right = joined["duplicate", True]
    assert right / (right + joined["distinct", True]) >= 0.96
    assert right / (right + joined["duplicate", False]) >= 0.96


def texts(pair: dict[str, str]) -> tuple[Text, Text]:
    one, other = (
        Text(pair[f"{side}_title"], pair[f"{side}_text"], moment(pair[f"{side}_date"]), site)
        for side, site in (("a", pair["a_source"]), ("b", pair["b_source"]))
    )
    return one, other


def moment(date: str) -> datetime | None:
    return datetime.fromisoformat(date).replace(tzinfo=UTC) if date else None
