# -*- coding: latin-1 -*-
# Aus dem alten Programm übernommen.
STRASSE = "Straße"


def anschrift(name, ort, straße=STRASSE):
    zeilen = [name, straße, ort]
    return "\n".join(zeilen)


class Kunde:
    def __init__(self, name):
        self.name = name

    def grüße(self):
        return "Schönen Tag, " + self.name
