"""Which places and persons a text names, and after which words, as far as lists can tell. Pure.

A mould filled anew keeps its wording and replaces who and where. Names are found by lists of
places and given names, and by the words that announce one: «بلدة ذيبان», «المدعو فراس قاسم».
What such a word announces need be no name. So nothing is concluded from one text alone, only
from two that name different things in the same place.
"""

import re
from collections.abc import Sequence

from storage.text import words

GOVERNORATES = """
    دمشق، حلب، حمص، حماة، اللاذقية، طرطوس، إدلب، درعا، السويداء، القنيطرة، الرقة، الحسكة،
    دير الزور، القامشلي
"""
TOWNS = """
    منبج، جرابلس، عفرين، إعزاز، تل رفعت، مارع، دارة عزة، الأتارب، سراقب، أريحا، خان شيخون، معرة النعمان،
    جسر الشغور، حارم، سلقين، سرمدا، بنش، كفرنبل، الدانا، محردة، سلمية، السقيلبية، مصياف، تدمر، القريتين،
    السخنة، تلبيسة، الرستن، القصير، تلكلخ، صافيتا، بانياس، جبلة، القرداحة، دوما، حرستا، داريا، الزبداني،
    مضايا، يبرود، النبك، القلمون، التل، قدسيا، صيدنايا، معلولا، جرمانا، الصنمين، نوى، طفس، داعل، بصرى،
    إنخل، جاسم، شهبا، صلخد، البوكمال، الميادين، البصيرة، الشحيل، ذيبان، هجين، الباغوز، الصبحة، الطيانة،
    رأس العين، تل أبيض، عين عيسى، عين العرب، كوباني، الطبقة، الشدادي، الهول، عامودا، الدرباسية،
    المالكية، ديريك، تل تمر، اليعربية، رميلان، معبر نصيب، باب الهوى، باب السلامة، أستانا، سوتشي
"""
COUNTRIES = """
    لبنان، تركيا، الأردن، العراق، مصر، السعودية، قطر، الكويت، البحرين، الإمارات، عمان، اليمن، فلسطين،
    إسرائيل، ليبيا، تونس، الجزائر، المغرب، السودان، الصومال، موريتانيا، إيران، روسيا، أوكرانيا، الصين،
    الهند، باكستان، أفغانستان، اليابان، كوريا، إندونيسيا، ماليزيا، ألمانيا، فرنسا، بريطانيا، إيطاليا،
    إسبانيا، هولندا، بلجيكا، النمسا، سويسرا، السويد، النرويج، الدنمارك، فنلندا، بولندا، اليونان، قبرص،
    رومانيا، بلغاريا، صربيا، المجر، التشيك، البرتغال، أيرلندا، كندا، المكسيك، البرازيل، الأرجنتين،
    فنزويلا، كوبا، أرمينيا، أذربيجان، جورجيا، كازاخستان، بيلاروسيا، نيجيريا، إثيوبيا، كينيا، أستراليا،
    بغداد، أربيل، بيروت، طرابلس، عمّان، أنقرة، إسطنبول، غازي عنتاب، أورفا، هاتاي، القاهرة، الرياض،
    الدوحة، طهران، موسكو، واشنطن، نيويورك، جنيف، باريس، لندن، برلين، بروكسل، فيينا، روما
"""
GIVEN_NAMES = """
    محمد أحمد محمود خالد عمر حسين إبراهيم يوسف ياسر عمار فراس زياد ماهر بشار نضال عماد سامر مصطفى
    عثمان سليمان إسماعيل إسحاق يعقوب أيوب هارون داود عيسى موسى طارق وليد هاني رامي فادي شادي باسل
    وائل أيمن أنس أسامة بلال حمزة طلال غسان مروان عدنان حسان قحطان بسام عصام هشام وسام حسام إياد جهاد
    رياض فيصل سعود سلمان فهد تركي بندر نايف ناصر سلطان منصور مشعل متعب عادل جمال كمال فاروق رشيد
    مازن معاذ معتز مهند مؤيد لؤي قصي عدي أمجد أكرم أدهم كرم نزار مظلوم صالح سعيد سعد حميد جاسم فواز
    نواف حاتم رائد غازي شكري نبيل نديم وسيم يحيى زكريا جورج الياس حنا ميشيل بطرس بولس أنطوان
    فاطمة زينب مريم عائشة خديجة نور هدى سناء رنا ريم لينا سلمى سارة ليلى أسماء بتول حنان رغد
"""
OF_PLACES = """
    مدينة مدينتي بلدة بلدتي قرية قرى ناحية حي مخيم معبر قضاء محافظة ريف منطقة مقاطعة ولاية جزيرة وادي
    سجن مطار قاعدة حقل سد جسر مشفى مستشفى جامعة مدرسة فرن طريق أحياء
"""
OF_PERSONS = """
    المدعو المدعوة يدعى الشاب الشابة الطفل الطفلة الفتى الفتاة المجرم القيادي العنصر المواطن المواطنة
    اللواء العميد العقيد المقدم الرائد النقيب الملازم المساعد الشيخ الدكتور الدكتورة المهندس المهندسة
    المحامي القاضي اللاعب المدرب الفنان الفنانة الصحفي الصحفية الناشط الناشطة الإرهابي المطلوب السيد
"""


Name = tuple[str, ...]
# The words before a name, by which the same place is found in another text.
Place = tuple[str, ...]
BEFORE = 2

# Copies replace it by their own.
_LEAD_IN = re.compile(r"\s*(?:[^\n.،؛:–—-]{1,30}[-–—:\n]\s*){1,3}")
LEAD_IN_CHARACTERS = 90


def _listed(text: str) -> frozenset[Name]:
    return frozenset(tuple(words(name)) for name in text.split("،"))


_PLACES = _listed(GOVERNORATES) | _listed(TOWNS) | _listed(COUNTRIES)
# How many words the longest name has that begins with a word.
_LONGEST = {name[0]: len(name) for name in sorted(_PLACES, key=len)}
_GIVEN = frozenset(words(GIVEN_NAMES))
_OF_PLACES = frozenset(words(OF_PLACES))
_OF_PERSONS = frozenset(words(OF_PERSONS))
# They are part of a name and do not begin one: «بن محمد», «آل سعود».
_INSIDE = frozenset(words("بن ابن بنت آل"))
_SON_OF = words("بن")
_FIRST_HALVES = frozenset(words("عبد أبو أبا أبي أم"))
ATTACHED = ("و", "ف", "ب", "ل", "ك")


def named(folded: Sequence[str]) -> dict[Place, set[Name]]:
    """Return what stands in folded words where a name is expected, by the words before it.

    >>> named(words("ألقت القبض على المدعو فراس قاسم في تدمر"))
    {('علي', 'المدعو'): {('فراس', 'قاسم')}, ('قاسم', 'في'): {('تدمر',)}}
    """
    found: dict[Place, set[Name]] = {}
    for at in range(1, len(folded)):
        name = _name(folded, at)
        if name is not None:
            found.setdefault(tuple(folded[max(0, at - BEFORE) : at]), set()).add(name)
    return found


def differ(one: Name, other: Name) -> bool:
    """Return whether two names are those of different persons or places, as far as can be told.

    A person may be called by one name here and by two there, and what follows a name need not
    belong to it: of two namesakes only surnames that look like such speak.

    >>> differ(("سامر", "الخلف"), ("سامر", "الصالح")), differ(("سامر", "الخلف"), ("سامر", "قال"))
    (True, False)
    """
    if one == other:
        return False
    if one[0] != other[0]:
        return True
    return len(one) == len(other) > 1 and all(
        name[-1].startswith("ال") or name[-1] in _GIVEN for name in (one, other)
    )


def lead_in(body: str) -> int:
    """Return where the news begins, after a line that says who reports it and from where.

    >>> body = "دمشق – سانا: وصل الوفد"
    >>> body[lead_in(body) :]
    'وصل الوفد'
    """
    found = _LEAD_IN.match(body[:LEAD_IN_CHARACTERS])
    return found.end() if found else 0


def _name(folded: Sequence[str], at: int) -> Name | None:
    before, word = folded[at - 1], folded[at]
    listed = _longest(folded, at)
    if listed is not None:
        return listed
    if _is(before, _OF_PLACES):
        return (word,)
    if folded[at + 1 : at + 2] == _SON_OF and before not in _INSIDE:
        return tuple(folded[at : at + 3 : 2])
    if _is(before, _OF_PERSONS) or (
        word in _GIVEN and before not in _INSIDE and before not in _GIVEN
    ):
        return tuple(folded[at : at + (3 if word in _FIRST_HALVES else 2)])
    return None


def _is(word: str, cues: frozenset[str]) -> bool:
    return word in cues or (word[:1] in ATTACHED and word[1:] in cues)


def _longest(folded: Sequence[str], at: int) -> Name | None:
    first = folded[at]
    bare = first[1:] if first[:1] in ATTACHED else first
    for length in range(max(_LONGEST.get(first, 0), _LONGEST.get(bare, 0)), 0, -1):
        rest = tuple(folded[at + 1 : at + length])
        for start in (first, bare):
            if (start, *rest) in _PLACES:
                return (start, *rest)
    return None
