from bookshop.reports.layout import columns


def stock(catalogue):
    return columns((book.isbn, book.title, catalogue.stock(book.isbn)) for book in catalogue)
