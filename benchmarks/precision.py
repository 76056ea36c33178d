"""What 65 watch terms of a Syria desk find, and what of it is meant, beside other ways to match.

    python benchmarks/precision.py [FOLDER] [--postgres URL] [--forms | --sample N]

FOLDER holds articles as gzipped JSON Lines, by default `../shared/data/corpora`. Counted are
articles. An article is relevant to a term if one of the forms found in it by any of the systems was
judged to mean the term: form by form, in `WRONG` and `MISSED` below, by one reader, who also knew the rules of
Rasid's matcher. `--forms` prints what there is to judge; `--sample` prints so many of Rasid's finds,
drawn at random, in their sentences, since a form alone does not tell what is meant. Recall is relative
to what the systems found together. `--postgres` takes an empty database. Systems that are not
installed are left out.
"""

import argparse
import importlib
import random
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from scheduler.matching import Document, WatchQuery, compile_watches
from storage.text import fold, tokenize
from tests import bulk

TERMS = [
    term.strip()
    for term in """
    دمشق | حلب | حمص | حماة | إدلب | درعا | الرقة | الحسكة | دير الزور | تدمر | عفرين | الزبداني
    كوباني | اللاذقية | القنيطرة | الجولان | سوريا | تركيا | روسيا | إيران | إسرائيل | داعش
    حزب الله | جبهة النصرة | تنظيم الدولة | تنظيم القاعدة | الأكراد | المعارضة السورية
    النظام السوري | الجيش السوري | الجيش الحر | مجلس الأمن | الأمم المتحدة | الأسد | بشار الأسد
    أردوغان | بوتين | نصر الله | أبو بكر البغدادي | اللاجئين السوريين | شرق الفرات | شمال سوريا
    ريف دمشق | شرق سوريا | منطقة آمنة | غارة جوية | غارة | هجوم | قصف | انفجار | هدنة | حصار
    معتقل | نازح | لاجئ | قتيل | جريح | مجزرة | صاروخ | قذيفة | سيارة مفخخة | عبوة ناسفة
    اشتباك | انسحاب | وقف إطلاق النار
    """.replace("\n", "|").split("|")
    if term.strip()
]
# How it was judged. A form means a term if it is the term with clitics, article, case ending, pronoun
# or in another number, or شرق for شرقي. Derived words do not: الحلبي, إيرانية, يقصف, هجومي; neither does
# أسد mean الأسد; but the indefinite form of a common word does mean it. Words glued together by a bad extraction (دمشقفي) are
# counted as false, though some mean the term: no matcher is to be credited with them. Homographs
# are not told apart (تدمر "destroys", حماة "protectors"): every system takes them alike.
# Listed are, folded, forms that Rasid finds and that do not mean the term, and forms that do and are
# missed. All others of Rasid's were read and mean it, all others of the rest were read and do not.
WRONG = {
    "الأسد": "الاسدان",
    "قصف": "قصفوها | قصفون | قصفنا",
    "هدنة": "هدنا",
    "منطقة آمنة": "مناطق الامنه",
}
MISSED = {
    "نازح": "للنازحيين | نازحه | النازحه",
    "لاجئ": "اللاجءيين | للاجءيين | لاجءه | اللاجءه | ولاجءه",
    "قتيل": "كالقتيله",
    "جريح": "جريحه | الجريحه",
    "حزب الله": "الحزب الله",
    "ريف دمشق": "ريفي دمشق",
    "سيارة مفخخة": "بسيارته المفخخه",
    "مجلس الأمن": "المجلس الامن",
    "اللاجئين السوريين": "لاجء سوري | اللاجءيين السوريين | اللاجء السوري | بلاجءي سوري",
    "وقف إطلاق النار": "وقف اطلاق نار | بوقف اطلاق نار",
    "المعارضة السورية": "معارضه سوريه",
    "الجيش السوري": "جيش سوري",
    "الأكراد": "اكراد | اكرادا | باكراد | واكرادا",
}

# For each term the articles found, and the forms it was found by in each.
Found = dict[str, dict[int, set[str]]]


def main() -> None:
    """Ask every system for every term, and print recall and precision."""
    options = _options()
    if not options.folder.is_dir():
        sys.exit(f"{options.folder}: no such folder; give one with articles as *.jsonl.gz")
    texts = [f"{text.headline}\n\n{text.body}" for text in bulk.texts(options.folder)]
    if options.sample:
        print_sample(texts, options.sample)
        return
    tokens = [[(t.raw, t.folded) for t in tokenize(text)] for text in texts]
    raw = [[raw for raw, _ in each] for each in tokens]
    folded = [[folded for _, folded in each] for each in tokens]
    systems: dict[str, Found] = {
        "raw substring": by_substring(texts),
        "folded whole words": by_words(folded, fold),
        "SQLite FTS5, raw": by_fts5(texts),
    }
    if stem := snowball():
        systems["Snowball"] = by_words(raw, stem)
    if options.postgres:
        systems["PostgreSQL arabic"] = by_postgres(texts, options.postgres)
    systems["Rasid"] = by_rasid(texts)
    if options.forms:
        print_forms(systems)
        return
    print(f"{len(texts):,} articles, {len(TERMS)} terms")
    for name, (found, recall, precision, false) in scores(systems).items():
        print(f"{name:20} {found:>8,} {recall:8.3f} {precision:8.3f} {false:>8,}")


def scores(systems: dict[str, Found]) -> dict[str, tuple[int, float, float, int]]:
    """Return articles found, mean recall and mean precision over the terms, and false articles."""
    relevant = {term: relevant_to(term, systems) for term in TERMS}
    asked = [term for term in TERMS if relevant[term]]
    result = {}
    for name, found in systems.items():
        true = {term: len(relevant[term] & found[term].keys()) for term in TERMS}
        count = {term: len(found[term]) for term in TERMS}
        recall = mean(true[term] / len(relevant[term]) for term in asked)
        precision = mean(true[term] / count[term] for term in asked if count[term])
        total = sum(count.values())
        result[name] = (total, recall, precision, total - sum(true.values()))
    return result


def relevant_to(term: str, systems: dict[str, Found]) -> set[int]:
    """Return the articles with a form that means *term*."""
    meant = set(MISSED.get(term, "").split(" | "))
    wrong = set(WRONG.get(term, "").split(" | "))
    relevant = {n for n, forms in systems["Rasid"][term].items() if forms - wrong}
    for found in systems.values():
        relevant |= {n for n, forms in found[term].items() if forms & meant}
    return relevant


def print_forms(systems: dict[str, Found]) -> None:
    """Print for each term the forms Rasid found, and those that only others found."""
    for term in TERMS:
        mine = Counter(form for forms in systems["Rasid"][term].values() for form in forms)
        others: Counter[str] = Counter()
        for found in systems.values():
            others.update(form for forms in found[term].values() for form in forms - mine.keys())
        print(f"{term}\n  + {_listed(mine)}\n  - {_listed(others)}")


def print_sample(texts: list[str], size: int) -> None:
    """Print some of Rasid's finds with what stands round them; the same ones each time."""
    matcher = compile_watches([WatchQuery(term, term) for term in TERMS])
    found = [
        (term, text, span)
        for text in texts
        for term, spans in matcher.match(Document("", text)).items()
        for span in spans
    ]
    chance = random.Random(65)  # noqa: S311 - the same ones each time
    drawn = chance.sample(found, min(size, len(found)))
    print(f"{len(drawn):,} of {len(found):,}")
    for term, text, span in drawn:
        around = text[max(span.start - 50, 0) : span.start], text[span.end : span.end + 50]
        before, after = (" ".join(part.split()) for part in around)
        print(f"{term} | {before} [{span.text}] {after}")


def by_rasid(texts: list[str]) -> Found:
    """Return what the matcher finds."""
    matcher = compile_watches([WatchQuery(term, term) for term in TERMS])
    found: Found = defaultdict(dict)
    for number, text in enumerate(texts):
        for term, spans in matcher.match(Document("", text)).items():
            found[term][number] = {_form(span.text) for span in spans}
    return found


def by_substring(texts: list[str]) -> Found:
    """Return where a term's letters stand, and in which words."""
    found: Found = defaultdict(dict)
    for number, text in enumerate(texts):
        spans = None
        for term in TERMS:
            at = text.find(term)
            while at >= 0:
                spans = spans or [(token.start, token.end) for token in tokenize(text)]
                end = at + len(term)
                words = [text[a:b] for a, b in spans if a < end and b > at]
                found[term].setdefault(number, set()).add(_form(" ".join(words)))
                at = text.find(term, end)
    return found


def by_words(texts: list[list[str]], reduce: Callable[[str], str]) -> Found:
    """Return where the words of a term stand beside each other, once all are reduced."""
    memo: dict[str, str] = {}
    asked = {term: [reduce(word) for word in term.split()] for term in TERMS}
    found: Found = defaultdict(dict)
    for number, words in enumerate(texts):
        reduced = [memo.get(word) or memo.setdefault(word, reduce(word)) for word in words]
        for term, wanted in asked.items():
            if wanted[0] not in reduced:
                continue
            for at in range(len(reduced) - len(wanted) + 1):
                if reduced[at : at + len(wanted)] == wanted:
                    form = _form(" ".join(words[at : at + len(wanted)]))
                    found[term].setdefault(number, set()).add(form)
    return found


def by_fts5(texts: list[str]) -> Found:
    """Return what a phrase finds in an FTS5 table of the texts as published."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE a USING fts5(text)")
    db.executemany("INSERT INTO a(rowid, text) VALUES (?, ?)", enumerate(texts))
    asked = "SELECT rowid FROM a WHERE a MATCH ?"
    return {term: {n: set() for (n,) in db.execute(asked, [f'"{term}"'])} for term in TERMS}


def by_postgres(texts: list[str], url: str) -> Found:
    """Return what a phrase finds with PostgreSQL's configuration for Arabic."""
    psycopg = importlib.import_module("psycopg")
    with psycopg.connect(url) as db:
        db.execute("CREATE TEMPORARY TABLE a (id int, words tsvector)")
        for number, text in enumerate(texts):
            values = (number, text.replace("\0", "")[:200_000])
            db.execute("INSERT INTO a VALUES (%s, to_tsvector('arabic', %s))", values)
        asked = "SELECT id FROM a WHERE words @@ phraseto_tsquery('arabic', %s)"
        return {term: {row[0]: set() for row in db.execute(asked, [term])} for term in TERMS}


def snowball() -> Callable[[str], str] | None:
    """Return Snowball's Arabic stemmer, or None where it is not installed."""
    try:
        module = importlib.import_module("snowballstemmer")
    except ModuleNotFoundError:
        print("snowballstemmer is not installed; left out", file=sys.stderr)
        return None
    stemmer: Any = module.stemmer("arabic")
    return lambda word: str(stemmer.stemWord(word))


def _form(text: str) -> str:
    return " ".join(token.folded for token in tokenize(text))


def _listed(forms: Counter[str]) -> str:
    return " | ".join(f"{form} {count}" for form, count in forms.most_common())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=bulk.CORPORA)
    parser.add_argument("--postgres", help="the address of an empty database")
    parser.add_argument("--sample", type=int, help="print so many finds in their sentences")
    parser.add_argument("--forms", action="store_true", help="print the forms there are to judge")
    return parser.parse_args()


if __name__ == "__main__":
    main()
