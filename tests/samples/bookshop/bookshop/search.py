from collections import Counter


def words(text):
    for word in text.split():
        if word := word.strip(".,;:!?").casefold():
            yield word


def search(catalogue, query, *, limit=10):
    wanted = list(words(query))
    found = [book for book in catalogue if book.matches(wanted)]
    return found[:limit]


def common_words(catalogue, count=3):
    """The words that most titles have.

    Ties are in the order of the catalogue.
    """
    counter = Counter(word for book in catalogue for word in words(book.title))
    return [word for word, _ in counter.most_common(count)]
