def columns(rows, gap=2):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]

    def line(row):
        return (" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()

    return [line(row) for row in rows]
