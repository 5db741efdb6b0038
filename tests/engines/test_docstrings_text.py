"""What docstrings say: what the name and the code show, and nothing else."""

from __future__ import annotations

import textwrap

import pytest

from tests.engines.documenting import docstring

ONE_LINERS = {
    "def get_name(self): return self._name": "Return the name: `self._name`.",
    "def get_url(x): return reverse(x, kwargs={})": "Return the URL through `reverse`.",
    "def is_open(door): return True": "Tell whether `door` is open; always `True`.",
    "def is_open(door): return check(door)": "Tell whether `door` is open; asks `check`.",
    "def has_changed(self, a): return a in self.b": "Tell whether it has changed: whether `a in self.b`.",
    "def empty(a): return not a": "Tell whether empty: whether `not a`.",
    "def save(x): pass": "Save (a no-op).",
    "def save(x): x.file.write(1)": "Save through `x.file.write`.",
    "def save(x): raise NotImplementedError('later')": "Save; is not implemented here.",
    "def save(x): raise ValueError": "Save; always raises `ValueError`.",
    "def to_python(x): return [x]": "Convert to Python; returns `[x]`.",
    "def camel_to_snake(name): x = 1": "Convert camel to snake.",
    "def get_or_create(x): return x.y": "Get or create; returns `x.y`.",
    "def label(x):\n  a = b\n  return {\n  'k': a}": "Return the label: a dict with `'k'`.",
    "def label(x):\n  found = f(x)\n  return found": "Return the label.",
    "def label(x):\n  door_name = f(x)\n  return door_name": "Return the label: the door name.",
    "def label(x):\n  a = []\n  a.append(1)\n  return a": "Return the label: a list.",
    "def label(x):\n  if x: return 1\n  return y.z": "Return the label: `1` or `y.z`.",
    "def label(x):\n  if x: return 1": "Return the label: `1` or `None`.",
    "def label(x):\n  with suppress(E):\n    return x.y": "Return the label: `x.y` or `None`.",
    "def label(x):\n  while True:\n    if x: return 1": "Return the label; always `1`.",
    "def label(x):\n  for y in x: yield y.z": "Yield the label: `y.z`.",
    "def names():\n  yield from f(1)": "Yield the names: each of `f(1)`.",
    "def label(x):\n  a = f()\n  a = []\n  return a": "Return the label.",
    "def load(x):\n  if x < 0: raise ValueError('no')\n  g.y = 1": "Load; raises `ValueError` if `x < 0`.",
    "def load(x):\n  try: raise ValueError\n  except ValueError: pass": "Load.",
    "def load(x):\n  with suppress(ValueError): raise ValueError": "Load.",
    "def load(x):\n  try: x()\n  except KeyError: raise A.B": "Load; raises `A.B` on `KeyError`.",
    "def load(x):\n  if x: a()\n  else: raise E(f'no {x}.')": "Load; raises `E` unless `x`.",
    "def load(x):\n  for y in x: raise E(f'no {y}.')": 'Load; raises `E` with the message "no {...}".',
    "def load(x):\n  y()\n  raise e": "Load; calls `y`.",
    "def load(x):\n  if x: y()\n  z = 1": "Load; may call `y`.",
    "def load(x):\n  a(); b(); c()": "Load.",
    "@contextmanager\ndef capture_output():\n  yield 1": "Capture the output, as a context manager; yields `1`.",
    "@pytest.fixture\ndef client(): return Client()": "Provide the client fixture through `Client`.",
    "@f.register\ndef _(x: int): y = 1": "Implement `f` for `int`.",
    "def set_up_logging(): y = 1": "Set up the logging.",
    "def maybe_close(x): y = 1": "Perhaps close.",
    "async def aget_user(x): return await f(x)": "Return the user asynchronously through `f`.",
    "def test_x_y(a):\n  assert f(a) == 1": "Test x y; checks `f`.",
    "def test_x_y():\n  with pytest.raises(E): f(1)": "Test x y; expects `E`; checks `f`.",
    "def test_x_y(): x = 1": "Test x y.",
    "def setUpModule(): x = 1": "Prepare the tests of the module.",
    "@property\n@lru_cache\ndef top_b(): return f(1).g[0]": "Return the top b: `f(1).g[0]`; cached.",
    "def exists(path): return x.y": "Tell whether `path` exists: `x.y`.",
    "def f(x): return x + 1": "Return `x + 1`.",
    "def getHTMLName(x): y = 1": "Get the HTML name.",
}  # fmt: skip


@pytest.mark.parametrize("source", ONE_LINERS)
def test_one_line_says_it(source: str) -> None:
    name = source.rpartition("def ")[2].partition("(")[0]
    assert docstring(source + "\n", name) == ONE_LINERS[source]


METHODS = {
    "def __init__(self): self.a = 1": "Initialize the `Door`; sets `self.a`.",
    "def __str__(self): return self.name": "Return the string form: `self.name`.",
    "def __str__(self): return f'''{\nself}'''": "Return the string form.",
    "def __eq__(self, other): return self.a == other.a": (
        "Tell whether this equals `other`: whether `self.a == other.a`."
    ),
    "def __radd__(this, x): pass": "Return `x + this` (a no-op).",
    "def __iadd__(self, x): return self": "Do `self += x` in place; returns the instance itself.",
    "def open(self): pass": "Open; overrides `Thing.open`.",
    "@x.setter\n    def x(self, value): self._x = value": "Set the x; sets `self._x`.",
    "@property\n    def filter_name(self): return 1": "Return the filter name; always `1`.",
    "@classmethod\n    def from_text(cls, a):\n        a.b = 1\n        return cls": (
        "Create from text; returns the class itself."
    ),
    "@abstractmethod\n    def shut(self): pass": "Shut; abstract.",
    "def setUp(self): self.a = self.b = 1": "Prepare each test; sets `self.a` and `self.b`.",
    "def is_open(self): return 1": "Tell whether it is open; always `1`.",
}


@pytest.mark.parametrize("source", METHODS)
def test_methods_know_their_class(source: str) -> None:
    name = source.rpartition("def ")[2].partition("(")[0]
    module = f"class Thing:\n    def open(self):\n        '''Open.'''\nclass Door(Thing):\n    {source}\n"
    expected = METHODS[source]
    if name == "open":
        expected = "Open (a no-op)."
    assert docstring(module, name) == expected


def test_an_override_of_which_nothing_else_is_known_is_named() -> None:
    module = "class Thing:\n    def open(self): ''\nclass Door(Thing):\n    def open(self):\n        x = 1\n"
    assert docstring(module, "open") == "Open; overrides `Thing.open`."


def test_a_protocol_method_is_no_no_op() -> None:
    assert docstring("class A(Protocol):\n    def read(self) -> bytes: pass\n", "read") == "Read; returns `bytes`."


def test_sections_are_in_google_style_and_fit_the_page() -> None:
    source = """
        def get_connection(self, host, port=80, options=None, *more, strict=False, **extra):
            if options is None:
                options = {}
            if not host:
                raise ValueError("a host is needed")
            for option in options:
                if option not in self.known_options and not option.startswith("x-") and strict:
                    raise KeyError(f"unknown option {option} for the connection to this host and port")
            self.host = host
            return Connection(host, port, timeout=extra.pop("timeout", 30), retries=extra.pop("retries", 5))
    """
    assert docstring(textwrap.dedent(source), "get_connection") == textwrap.dedent(
        """\
        Return the connection.

        Args:
            host: Stored as `self.host`.
            port: Passed to `Connection`; `80` by default.
            options: Replaced by `{}` if it is `None`; `None` by default.
            *more: Not used.
            strict: `False` by default.
            **extra: Used for `extra.pop`.

        Returns:
            `Connection(...)`.

        Raises:
            ValueError: If `not host`.
            KeyError: With the message "unknown option {...} for the connection to
                this host and port"."""
    )


def test_every_parameter_is_listed_if_some_are() -> None:
    source = """
        def run(a, b, c, d, e, f, g, h=1):
            a = clean(a)
            b += 1
            for x in c: d(x)
            f.close(f.name, e[0], g * 2)
    """
    assert docstring(textwrap.dedent(source), "run").partition("Args:\n")[2] == textwrap.dedent(
        """\
            a: Replaced by what `clean` returns for it.
            b: Used.
            c: Iterated over.
            d: Called.
            e: Items are taken from it.
            f: Used for `f.close` and `f.name`.
            g: Used in `g * 2`.
            h: Not used; `1` by default."""
    ).replace("\n", "\n    ").replace("a:", "    a:", 1)


def test_lines_are_not_broken_in_code() -> None:
    source = f"def run_a_rather_long_name(x):\n    a = 1\n    return {' + '.join(['name'] * 7)}, x\n"
    text = docstring(source, "run_a_rather_long_name")
    assert text == "Run a rather long name.\n\nReturns:\n    `name + name + name + name + name + name + name, x`."


@pytest.mark.parametrize("value", ["'`'", "'\\\\n'", "'''>>> 1'''", "'>>> 1'", '"""a\nb"""', "'\u202e'"])
def test_what_would_spoil_a_docstring_is_not_quoted(value: str) -> None:
    assert docstring(f"def run(): return {value}\n", "run").startswith("Run")
    assert value.strip("'\"") not in docstring(f"def run(): return {value}\n", "run")


def test_an_inner_function_that_is_not_all_that_is_returned_is_not_named() -> None:
    source = "def label(x):\n    view = x\n    if x:\n        def view(): pass\n    return view\n"
    assert docstring(source, "label") == "Return the label: the view."


def test_names_bound_elsewhere_are_not_described_by_what_they_were() -> None:
    source = "def label():\n    a = []\n    def f():\n        nonlocal a\n        a = None\n    x = f()\n    return a\n"
    assert docstring(source, "label") == "Return the label."
