"""What watches find in Arabic text, and what they leave alone."""

import pytest

from scheduler.matching import Document, Span, WatchQuery, compile_watches, match_text
from storage.errors import QueryError

HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"


def found(query, text, **options):
    return [span.text for span in match_text(query, text, **options)]


@pytest.mark.parametrize(
    ("watch", "text", "surface"),
    [
        # I1, I2: proclitics, and what ل makes of the article
        ("الرقة", "وبالرقة", "وبالرقة"),
        ("الرقة", "وللرقة", "وللرقة"),
        ("الرقة", "فكالرقة", "فكالرقة"),
        ("لجنة", "وصل للجنة", "للجنة"),
        ("لجنة", "عمل اللجنة", "اللجنة"),
        ("اللجنة الدستورية", "للجنة الدستورية", "للجنة الدستورية"),
        ("حزب الله", "فبحزب الله", "فبحزب الله"),
        ("قوات النظام", "ولقوات النظام", "ولقوات النظام"),
        ("الله", "بالله", "بالله"),
        ("التزام", "لالتزام بالهدنة", "لالتزام"),
        ("التزام", "الالتزام", "الالتزام"),
        # I3: an article added to all words, to the last ones, or to one alone
        ("قوات حفظ سلام", "قوات حفظ السلام", "قوات حفظ السلام"),
        ("هجوم على قاعدة", "الهجوم على القاعدة", "الهجوم على القاعدة"),
        ("منطقة آمنة", "بالمنطقة الآمنة", "بالمنطقة الآمنة"),
        ("قرار 2254", "القرار 2254", "القرار 2254"),
        ("معبر رئيسي", "المعبر الرئيسي", "المعبر الرئيسي"),
        ("قنوات فضائية", "القنوات الفضائية", "القنوات الفضائية"),
        # I5: pronouns
        ("جيش", "جيشهم", "جيشهم"),
        ("بلدة", "لبلدتنا", "لبلدتنا"),
        ("أبناء", "أبناؤها", "أبناؤها"),
        ("حلفاء", "وحلفائه", "وحلفائه"),
        ("مقاتلين", "مقاتليها", "مقاتليها"),
        # I6: the future
        ("يقصف", "وسيقصف", "وسيقصف"),
        # I7: compass words before a noun
        ("غرب حلب", "غربيّ حلب", "غربيّ حلب"),
        ("شمال غرب سوريا", "بشمالي غربي سوريا", "بشمالي غربي سوريا"),
        # I8: number, with the adjective of a plural
        ("غارة جوية", "غارتين جويتين", "غارتين جويتين"),
        ("غارة جوية", "الغارات الجوية", "الغارات الجوية"),
        ("هجوم", "هجومان", "هجومان"),
        ("مستشفى", "مستشفيات", "مستشفيات"),
        ("هجوم صاروخي", "هجمات صاروخية", "هجمات صاروخية"),
        ("صاروخ", "بصواريخها", "بصواريخها"),
        ("قذيفة هاون", "قذائف هاون", "قذائف هاون"),
        ("قائد", "وقادتها", "وقادتها"),
        ("مدينة حلب", "مدينتي حلب", "مدينتي حلب"),
        # I9: the accusative
        ("هجوم", "هجوما", "هجوما"),
        ("سوري", "مواطناً سورياً", "سورياً"),
        ("جيش سوري", "جيشا سوريا", "جيشا سوريا"),
        # I11: sound plurals, their construct, five nouns
        ("النازحون", "للنازحين", "للنازحين"),
        ("مسلحو المعارضة", "مسلحي المعارضة", "مسلحي المعارضة"),
        ("أبو محمد الجولاني", "أبا محمد الجولاني", "أبا محمد الجولاني"),
        ("ذو الفقار", "ذي الفقار", "ذي الفقار"),
        # F9 in every mode that folds
        ("عبدالله أوجلان", "لعبد الله أوجلان", "لعبد الله أوجلان"),
        ("عبد القادر صالح", "عبدالقادر صالح", "عبدالقادر صالح"),
        # arabic text as it comes
        ("داعش", "مقتل عناصر من داعـ.ـش", "داعـ.ـش"),
        ("شرق الفرات", "#شرق_الفرات", "شرق_الفرات"),
        ("شرق الفرات", "شرق\u200f \u202bالفرات", "شرق\u200f \u202bالفرات"),
        ("SDF", "الـSDF", "الـSDF"),
        ("1.5 مليون", "نحو 1.5 مليون", "1.5 مليون"),
        ("ديمقراط*", "والديمقراطيون", "والديمقراطيون"),
        ("قوات سوريا ديمقراط*", "قوات سوريا ديمقراطية", "قوات سوريا ديمقراطية"),
    ],
)
def test_an_inflected_watch_finds(watch, text, surface):
    assert found(watch, text) == [surface]


@pytest.mark.parametrize(
    ("watch", "text"),
    [
        # another word
        ("حلب", "محلب"),
        ("حلب", "حلبة"),
        ("حلب", "الحلبيون"),
        ("حماة", "حماية"),
        ("الفرات", "فرات"),
        ("الشرع", "شرع في العمل"),
        ("الباب", "البابا"),
        ("جيش الإسلام", "جيش للإسلام"),
        ("دير الزور", "دير والزور"),
        ("شرق", "شرقي"),
        # an article on the first word alone is a sentence
        ("منطقة آمنة", "المنطقة آمنة"),
        ("غارة جوية", "الغارة جوية"),
        # proper names
        ("حمص", "الحمص"),
        ("تدمر", "ستدمر"),
        ("حلب", "حلبا"),
        ("قسد", "القسد"),
        ("تل أبيض", "التل الأبيض"),
        ("درعا", "درعاً"),
        ("تركيا", "مواطناً تركيّاً"),
        ("قائد", "قادها"),
        ("مدينة حلب", "المدينة الحلب"),
        # letters that are no clitics here
        ("رقة", "ورقة"),
        ("رقة", "لورقة"),
        ("زارة", "وزارته"),
        ("جنة", "للجنة"),
        ("كرة", "فكرة"),
        ("علي", "وعلى"),
        ("علي", "عليها"),
        ("علي", "فعلي"),
        ("حاد", "إلحاد"),
        ("سوري", "سوريا"),
        # what ends a phrase
        ("القوات الروسية", "القوات، الروسية"),
        ("القوات الروسية", "القوات: الروسية"),
        ("القوات الروسية", "القوات؟ الروسية"),
        ("القوات الروسية", "القوات… الروسية"),
        ("القوات الروسية", "القوات\n\nالروسية"),
        # words of one or two letters
        ("رد", "كرد"),
        ("رد", "الرد"),
        # an adjective agrees only with a plural
        ("هجوم صاروخي", "هجوم صاروخية"),
    ],
)
def test_an_inflected_watch_leaves_alone(watch, text):
    assert found(watch, text) == []


def test_modes_go_from_letters_to_meaning():
    text = "غارةٌ على إدلب وغارات على ادلب"

    assert found("إدلب", text, mode="exact") == ["إدلب"]
    assert found("إدلب", text, mode="folded") == ["إدلب", "ادلب"]
    assert found("غارة", text, mode="folded") == ["غارةٌ"]
    assert found("غارة", text) == ["غارةٌ", "وغارات"]


def test_an_exact_watch_demands_the_marks_it_types():
    assert found("شرقِ", "شرقِ شرقَ شرق شرقِّ", mode="exact") == ["شرقِ", "شرقِّ"]
    assert found("حصاراً", "حصارًا", mode="exact") == ["حصارًا"]


def test_a_term_chooses_its_own_mode():
    text = "الرقه وبالرقة"

    assert found("+الرقة", text) == ["الرقه"]
    assert found("=الرقة", text) == []


def test_switches_of_a_term_make_a_name_and_hold_the_number():
    assert found("نمر{name}", "النمر نمر وللنمر ونمر") == ["نمر", "ونمر"]
    assert found("حمص{name=off}", "الحمص") == ["الحمص"]
    assert found("غارة{number=off}", "غارات الغارة") == ["الغارة"]


def test_a_gap_lets_words_in_between():
    text = "شرق نهر الفرات وشرق ضفة نهر الفرات وشرق. نهر الفرات"

    assert found('"شرق الفرات"~1', text) == ["شرق نهر الفرات"]
    assert found('"شرق الفرات"', text, gap=2) == ["شرق نهر الفرات", "وشرق ضفة نهر الفرات"]


def test_near_finds_both_within_some_words_in_either_order():
    text = "قصف طال ريف إدلب أمس. وفي إدلب سوق قديم لا يعرف أحد من بناه قبل قصف"

    assert found("قصف NEAR/3 إدلب", text) == ["قصف", "إدلب"]
    assert found("إدلب NEAR/2 قصف", text) == ["قصف", "إدلب"]
    assert found("إدلب NEAR/1 قصف", text) == []


def test_except_cancels_what_lies_inside():
    text = "حماة الوطن في حماة"

    assert found('حماة EXCEPT "حماة الوطن"', text) == ["حماة"]
    assert [s.start for s in match_text("حماة", text, exclude=("حماة الوطن",))] == [14]
    assert found('حماة EXCEPT "حماة الوطن"', "حماة الوطن") == []


def test_boolean_operators_combine_terms():
    text = "قسد في الرقة"

    assert found("قسد AND الرقة", text) == ["قسد", "الرقة"]
    assert found("قسد AND حلب", text) == []
    assert found("حلب OR الرقة", text) == ["الرقة"]
    assert found("قسد AND NOT الرقة", text) == []
    assert found("قسد & !حلب", text) == ["قسد"]


def test_overlapping_spans_of_a_term_are_one():
    assert found('"قصف قصف"', "قصف قصف قصف") == ["قصف قصف قصف"]


DOCUMENT = Document(
    HEADLINE,
    "قالت مصادر في الرقة.",
    site="sana",
    section="أخبار سياسية",
    authors=("محمد علي", "سامر حسن"),
    tags=("قسد", "روسيا"),
)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("headline:قسد", True),
        ("body:قسد", False),
        ("body:(قسد OR الرقة)", True),
        ("قسد AND الرقة", True),
        ("قسد NEAR/100 الرقة", False),
        ("site:sana AND قسد", True),
        ("site:san", False),
        ("site:sana", True),
        ("NOT site:sana AND قسد", False),
        ("section:سياسية", True),
        ('author:"محمد علي"', True),
        ('author:"علي سامر"', False),
        ("tag:روسيا", True),
        ("tag:تركيا OR author:محمد", True),
    ],
)
def test_fields_narrow_a_term(query, matches):
    answer = compile_watches([WatchQuery("w", query)]).match(DOCUMENT)

    assert ("w" in answer) is matches


def test_spans_lead_back_to_the_field_as_published():
    answer = compile_watches([WatchQuery("الفرات", "شرق الفرات OR الرقة")]).match(DOCUMENT)

    assert answer["الفرات"] == [
        Span("headline", 46, 58, "شرقِ الفراتِ", '"شرق الفرات"'),
        Span("body", 14, 19, "الرقة", "الرقة"),
    ]
    assert all(DOCUMENT[s.field][s.start : s.end] == s.text for s in answer["الفرات"])


def test_a_watch_of_some_sites_looks_at_no_other():
    watches = [WatchQuery("here", "قسد", sites=("sana",)), WatchQuery("there", "قسد", sites=("x",))]

    assert list(compile_watches(watches).match(DOCUMENT)) == ["here"]


def test_a_watch_of_the_headline_does_not_read_the_body():
    watches = [WatchQuery("w", "الرقة", fields=("headline",))]

    assert compile_watches(watches).match(DOCUMENT) == {}


def test_facts_satisfy_a_watch_without_spans():
    assert compile_watches([WatchQuery("w", "site:sana")]).match(DOCUMENT) == {"w": []}


def test_the_watch_with_the_mistake_is_named():
    with pytest.raises(QueryError, match="watch 'الفرات': column 1: the quote"):
        compile_watches([WatchQuery("الفرات", '"شرق الفرات')])


def test_an_unknown_mode_is_refused():
    with pytest.raises(QueryError, match="the modes are exact, folded, inflected"):
        match_text("قسد", "قسد", mode="stemmed")
