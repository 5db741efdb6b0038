from bookshop.reports.layout import columns


def prices(catalogue):
    return columns((book.title, book.price) for book in catalogue)
