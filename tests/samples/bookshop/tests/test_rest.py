import asyncio
import unittest

from bookshop.__main__ import main
from bookshop.events import Bus, silent
from bookshop.legacy import Kunde, anschrift
from bookshop.search import common_words, search
from bookshop.shipping import postage
from bookshop.storage import Storage


def test_search(catalogue):
    assert [book.title for book in search(catalogue, "odyssey, homer")] == ["The Odyssey"]
    assert common_words(catalogue, 1) == ["pride"]


def test_main_prints_a_report(tmp_path, capsys):
    stock = tmp_path / "stock.csv"
    stock.write_text("isbn,title,price,authors,count\n9780140449136,The Odyssey,12.99,Homer,2\n", encoding="utf-8")
    assert main([str(stock), "--kind", "prices"]) == 0
    assert capsys.readouterr().out == "The Odyssey  12.99 EUR\n"


class RestTest(unittest.TestCase):
    def setUp(self):
        self.bus = Bus()

    def test_events(self):
        heard = []

        @self.bus.on("sold")
        def listen(name, **details):
            heard.append((name, details))

        self.bus.on("sold")(silent)
        self.bus.emit("sold", isbn="1")
        self.bus.clear()
        self.bus.emit("sold", isbn="2")
        self.assertEqual(heard, [("sold", {"isbn": "1"})])

    def test_postage(self):
        self.assertEqual(postage("home", 2001).cents, 580)
        with self.assertRaises(LookupError):
            postage("moon", 1)

    def test_legacy(self):
        self.assertEqual(anschrift("Ann", "Ulm"), "Ann\nStra\u00dfe\nUlm")
        self.assertTrue(Kunde("Ann").grüße().endswith("Ann"))

    def test_storage_rolls_back(self):
        async def use():
            storage = Storage()
            await storage.put("a", 1)
            try:
                async with storage.transaction():
                    await storage.put("b", 2)
                    raise RuntimeError
            except RuntimeError:
                pass
            return [pair async for pair in storage]

        self.assertEqual(asyncio.run(use()), [("a", 1)])
