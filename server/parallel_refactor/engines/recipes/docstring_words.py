"""English for docstrings: splitting names into words, and the words that the rules of `docstring_names` know."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]{2,}s?(?![a-z])|[A-Z]?[^\W\d_A-Z]+(?:\d+[^\W\d_A-Z]*)*|[A-Z]+\d*|\d+")


def word_set(words: str) -> frozenset[str]:
    """Make a set of words from a text."""
    return frozenset(words.split())


_SPELLINGS = {
    word.lower(): word
    for word in word_set("""
    API APIs ASCII AST CLI CPU CSRF CSS CSV DNS DOM DSL FTP GIS GUI HTML HTTP HTTPS ID IDs IMAP IO IP IPv4 IPv6 JS JSON
    JWT LDAP LSP MIME OAuth OS Python PID RGB RPC RSS SMTP SQL SSH SSL TCP TLS TTL UDP UI URI URIs URL URLs UTC UUID
    UUIDs WSGI XML XPath YAML
    """)
}
VERBS = word_set(
    """
    abort accept accumulate acquire activate adapt add adjust advance aggregate align allocate allow alter analyse
    analyze annotate append apply approve approximate archive ask assemble assert assign assume attach attempt
    authenticate authorize await backup balance begin bind block boot bootstrap broadcast browse build bump calc
    calculate call cancel canonicalize capture cast catch change check choose chop chunk clamp classify clean
    cleanup clear clone close coerce collapse collect combine commit compact compare compile compose compress
    compute concat concatenate configure confirm connect consolidate construct consume contract contribute convert
    copy correct count crawl create customize cut deactivate debug decide decipher declare decode decompose
    decompress deconstruct decorate decrement decrypt deduce dedupe deduplicate deepcopy defer define delegate
    delete denormalize deploy deprecate derive describe deserialise deserialize destroy detach detect determine diff
    differentiate disable disallow discard disconnect discover discretize dispatch display dispose distribute divide
    download draw drop dump duplicate edit eject eliminate embed emit emulate enable encipher encode encrypt end
    enforce enqueue ensure enter enumerate erase escape estimate eval evaluate evict examine exchange exclude exec
    execute exit expand expect expire explain explode export expose extend extract fail feed fetch fill filter
    finalize find finish fire fix flag flatten flip flush fold follow force forget format forward freeze gather
    generate get give go grab guess halt handle harden hash hide highlight honor hydrate identify ignore impersonate
    import impose include increment indent infer inflate inform inherit init initialise initialize inject inline
    insert inspect install instantiate integrate intercept interpolate interrupt intersect introspect invalidate
    invert invoke isolate issue iter iterate join keep kill launch learn lift lint list listen load localize locate
    lock log login logout lookup lower make manage manipulate map mark match materialize maximize measure merge
    migrate minimize mock modify monitor mount move multiply mutate negate nest normalise normalize notify obtain
    offload offset omit open operate optimize order orient override overwrite pack pad paginate parse partition
    patch pause perform permute persist pick pickle pin ping place plot poll pop populate postpone postprocess
    precompute predict prefetch prefix prepare prepend preprocess present preserve prevent print prioritize probe
    process produce project promote prompt propagate provide provision prune publish pull purge push put quantize
    query queue quit quote raise randomize reach read realize reap rebuild recalculate receive recognize recompute
    reconcile reconnect reconstruct record recover recurse recycle redefine redirect redo reduce refactor refine
    reflect reformat refresh regenerate register rehash reindex reject relabel relate release reload remap remember
    remind remove rename render renew reopen reorder repair repeat replace replay replicate reply report represent
    reprocess reproduce request require resample rescale reschedule resend reserve reset reshape resize resolve
    respond restart restore restrict resume retain retire retrieve retry return reuse reverse revert revoke rewind
    rewrite rollback rotate round route run sample sanitize satisfy save scale scan schedule scroll search seed seek
    select send separate serialize serve set settle setup share shift show shrink shuffle shut shutdown sign
    simplify simulate skip sleep slice snapshot solve sort spawn specify splice split spread squash stack start
    stash stop store stream stringify strip submit subscribe substitute subtract summarize suppress surround suspend
    swap switch sync synchronize take tear teardown tell terminate throttle throw toggle tokenize touch trace track
    train transfer transform translate transmit transpile transpose traverse treat trigger trim truncate tune tweak
    unbind uncompress underline undo unescape unfold unify uninstall unlink unload unlock unmark unmount unpack
    unpickle unquote unregister unroll unset unsubscribe unwrap unzip update upgrade upload use vacuum validate
    verify visit wait wake walk warn wash watch weigh wipe wrap write yield zip zoom
    """
)
ALSO_NOUNS = word_set(
    """
    block change cut diff display end filter flag format hash issue log login logout lookup map mark match mock
    offset order pad patch pickle place plot prefix present project prompt query queue quote record report request
    reverse round route sample scale schedule seed shift sign slice snapshot stack start stream switch trace track
    transform
    """
)
"""Verbs that name a thing when they stand alone in the name of a property."""

NO_ARTICLE = word_set(
    """
    about after again against all an and any anything are args around as async at back before below between both by
    can down each either else every everything exactly for forever from has his how if in inside into is it its
    itself kwargs many more most multiple my new next no not nothing now of off on once one only or other out over
    own per recursively self several so some such than that the their them then these this those through to together
    twice two under until up upon via what when where whether which while who with within without
    """
)
AGENTS = word_set(
    "callback decorator fn func function handler hook inner listener processor receiver validator wrapped wrapper"
)
"""Nouns for what a function is, at the end of its name, not for what it returns."""

PREDICATES = {
    "is": "it is",
    "are": "they are",
    "was": "it was",
    "were": "they were",
    "has": "it has",
    "have": "they have",
    "had": "it had",
    "can": "it can",
    "could": "it could",
    "should": "it should",
    "must": "it must",
    "may": "it may",
    "will": "it will",
    "does": "it does",
    "needs": "it needs",
    "supports": "it supports",
    "allows": "it allows",
    "contains": "it contains",
    "requires": "it requires",
    "uses": "it uses",
    "exists": "it exists",
}
METHODS = {
    "runTest": "Run the test",
    "setUp": "Prepare each test",
    "setup_method": "Prepare each test",
    "tearDown": "Clean up after each test",
    "teardown_method": "Clean up after each test",
    "setUpClass": "Prepare the tests of the class",
    "setup_class": "Prepare the tests of the class",
    "setUpTestData": "Create the data that the tests of the class share",
    "tearDownClass": "Clean up after the tests of the class",
    "teardown_class": "Clean up after the tests of the class",
    "asyncSetUp": "Prepare each test",
    "asyncTearDown": "Clean up after each test",
}
FUNCTIONS = {
    "setUpModule": "Prepare the tests of the module",
    "setup_module": "Prepare the tests of the module",
    "tearDownModule": "Clean up after the tests of the module",
    "teardown_module": "Clean up after the tests of the module",
    "main": "Run the program",
}
OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "matmul": "@", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lshift": "<<", "rshift": ">>", "and": "&", "xor": "^", "or": "|",
}  # fmt: skip
DUNDERS = {
    "__init__": "Initialize the `{cls}`",
    "__new__": "Create the `{cls}`",
    "__post_init__": "Finish the initialization of the `{cls}`",
    "__del__": "Clean up when the `{cls}` is destroyed",
    "__repr__": "Return the representation for developers",
    "__str__": "Return the string form",
    "__bytes__": "Return the bytes form",
    "__format__": "Return the form for a format specification",
    "__lt__": "Tell whether this is less than `{0}`",
    "__le__": "Tell whether this is less than or equal to `{0}`",
    "__eq__": "Tell whether this equals `{0}`",
    "__ne__": "Tell whether this differs from `{0}`",
    "__gt__": "Tell whether this is greater than `{0}`",
    "__ge__": "Tell whether this is greater than or equal to `{0}`",
    "__hash__": "Return the hash",
    "__bool__": "Return the truth value",
    "__getattr__": "Return the attribute `{0}`, which is found nowhere else",
    "__getattribute__": "Return the attribute `{0}`",
    "__setattr__": "Set the attribute `{0}`",
    "__delattr__": "Delete the attribute `{0}`",
    "__dir__": "Return the names of the attributes",
    "__get__": "Return the value for an access as an attribute",
    "__set__": "Take the value that is assigned to the attribute",
    "__delete__": "Delete the attribute's value",
    "__set_name__": "Take the name that the owner class gives this attribute",
    "__init_subclass__": "Initialize a subclass",
    "__class_getitem__": "Return the class with `{0}` as its parameter",
    "__instancecheck__": "Tell whether `{0}` counts as an instance",
    "__subclasscheck__": "Tell whether `{0}` counts as a subclass",
    "__subclasshook__": "Tell whether `{0}` counts as a subclass",
    "__call__": "Make the instance callable",
    "__len__": "Return the length",
    "__length_hint__": "Return the estimated length",
    "__getitem__": "Return the item at `{0}`",
    "__setitem__": "Set the item at `{0}`",
    "__delitem__": "Delete the item at `{0}`",
    "__missing__": "Return the value for the missing key `{0}`",
    "__iter__": "Iterate over the items",
    "__next__": "Return the next item",
    "__reversed__": "Iterate in reverse",
    "__contains__": "Tell whether `{0}` is contained",
    "__neg__": "Return `-{self}`",
    "__pos__": "Return `+{self}`",
    "__invert__": "Return `~{self}`",
    "__abs__": "Return the absolute value",
    "__int__": "Return the value as an integer",
    "__float__": "Return the value as a float",
    "__complex__": "Return the value as a complex number",
    "__index__": "Return the value as an index",
    "__round__": "Return the rounded value",
    "__trunc__": "Return the truncated value",
    "__floor__": "Return the floor",
    "__ceil__": "Return the ceiling",
    "__divmod__": "Return `divmod({self}, {0})`",
    "__rdivmod__": "Return `divmod({0}, {self})`",
    "__enter__": "Enter the context",
    "__exit__": "Leave the context",
    "__aenter__": "Enter the asynchronous context",
    "__aexit__": "Leave the asynchronous context",
    "__await__": "Make the instance awaitable",
    "__aiter__": "Iterate asynchronously over the items",
    "__anext__": "Return the next item asynchronously",
    "__copy__": "Return a shallow copy",
    "__deepcopy__": "Return a deep copy",
    "__reduce__": "Return what is needed to pickle the instance",
    "__reduce_ex__": "Return what is needed to pickle the instance",
    "__getstate__": "Return the state to pickle",
    "__setstate__": "Restore the pickled state",
    "__getnewargs__": "Return the arguments of `__new__` for unpickling",
    "__getnewargs_ex__": "Return the arguments of `__new__` for unpickling",
    "__sizeof__": "Return the size in memory in bytes",
    "__fspath__": "Return the file system path",
    "__prepare__": "Return the namespace for the class body",
    "__mro_entries__": "Return the classes to inherit from",
}


def words(name: str) -> list[str]:
    """Split an identifier into words, in lower case but for abbreviations."""
    found = [word if word.isupper() and len(word) > 1 else word.lower() for word in _WORD.findall(name)]
    return [_SPELLINGS.get(word, word) for word in found]


def phrase(name: str) -> str:
    """Give an identifier as words."""
    return " ".join(words(name)) or f"`{name}`"


def with_article(rest: list[str]) -> str:
    """Put "the" before words that name a thing."""
    first = rest[0]
    if first in NO_ARTICLE or first.endswith("ly") or first.startswith("`") or (first == "a" and len(rest) > 1):
        return " ".join(rest)
    return " ".join(["the", *rest])
