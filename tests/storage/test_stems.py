from storage.stems import NOT_INDEXED, SET_OF_STEMS, beginnings, index_texts, stem, stems
from storage.text import fold, words


def test_a_word_has_one_stem_whatever_clitics_and_endings_it_bears():
    assert set(map(stem, words("معارضة ومعارضتهم لمعارضين معارضات فبمعارضتنا"))) == {"معارض"}


def test_a_word_with_the_article_is_another_than_without():
    assert stems("المعارضة بالمعارضة وللمعارضة") == ["امعارض"] * 3


def test_a_word_of_three_letters_is_left_alone():
    assert stems("وطن بلد لهم فهم") == ["وطن", "بلد", "لهم", "فهم"]


def test_what_begins_like_nothing_but_clitics_is_not_narrowed_down():
    assert beginnings("بال") is None
    assert "اوزار*" in beginnings("الوزار")


def test_a_word_without_end_is_cut_off():
    assert len(stem("ش" * 5_000)) == 100


def test_no_text_has_the_signs_of_long_texts():
    for sign in (SET_OF_STEMS, NOT_INDEXED):
        assert sign not in fold(sign)


def test_the_index_keeps_no_places_where_a_database_would_lose_them():
    headline, body = index_texts("قسد", "شرق الفرات " * 300)

    assert headline == ""
    assert body.split() == [SET_OF_STEMS, "قسد", "شرق", "افرا"]


def test_what_is_too_long_for_an_index_is_found_by_every_search():
    assert index_texts("قسد", " ".join(f"كلمة{n}" for n in range(40_000))) == ("", NOT_INDEXED)
