"""What a function's name and kind say, as the first line of its docstring."""

from __future__ import annotations

import ast
import re

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_facts import Facts
from parallel_refactor.engines.recipes.docstring_values import listing, quoted
from parallel_refactor.engines.recipes.docstring_words import (
    AGENTS,
    ALSO_NOUNS,
    DUNDERS,
    FUNCTIONS,
    METHODS,
    NO_ARTICLE,
    OPERATORS,
    PREDICATES,
    VERBS,
    phrase,
    with_article,
    word_set,
    words,
)
from parallel_refactor.engines.recipes.python_module import Definition, called, dotted

_TEST = re.compile(r"test(?:_|[A-Z]|\d|$)")
_SAYS_NOTHING = (
    word_set("bar baz cb closure decorated dec dummy fn foo func function helper impl newfn op sub wrap") | AGENTS
)
_CACHES = word_set("cached_property cache lru_cache memoize")
_PARTICLES = word_set("up down back out off")
_PREPOSITIONS = {
    "to": "convert to",
    "as": "convert to",
    "from": "create from",
    "on": "handle",
    "pre": "run before",
    "before": "run before",
    "after": "run after",
}
_ATTEMPTS = {"maybe": "perhaps", "try": "try to"}
_DECORATED = {"setter": "set the {}", "deleter": "delete the {}", "fixture": "provide the {} fixture"}
_CRYPTIC = 3
_LONG_FORMS = {"iter": "iterate over", "init": "initialize", "calc": "calculate", "eval": "evaluate", "exec": "execute"}


@frozen
class Summary:
    """A first line without its full stop. `more`: it says something that the name alone does not."""

    text: str
    more: bool = False


def is_test(definition: Definition) -> bool:
    """Tell whether a function is a test by its name."""
    return bool(_TEST.match(definition.node.name)) and definition.outer is None


def is_cached(definition: Definition) -> bool:
    """Tell whether a decorator keeps the result of the first call."""
    return bool(_CACHES & _last_parts(definition))


def summary(facts: Facts) -> Summary:
    """Put a function's name and kind into words."""
    found = _from_decorators(facts) or _from_known_name(facts) or Summary(_from_words(facts))
    return Summary(found.text[0].upper() + found.text[1:], found.more)


def says_nothing(definition: Definition) -> bool:
    """Tell whether a function's name is a mere placeholder."""
    name = definition.node.name.strip("_").lower()
    return len(name) <= 1 or name.rstrip("0123456789") in _SAYS_NOTHING


def _from_decorators(facts: Facts) -> Summary | None:
    name = facts.definition.node.name
    for decorator in facts.definition.node.decorator_list:
        owner, _, kind = dotted(called(decorator)).rpartition(".")
        types = [quoted(facts.module, type_) for type_ in decorator.args] if isinstance(decorator, ast.Call) else []
        if kind in _DECORATED and (owner or kind == "fixture"):
            return Summary(_DECORATED[kind].format(phrase(name)))
        if kind == "wraps" and any(types[:1]):
            return Summary(f"wrap {types[0]}", more=True)
        if kind == "register" and name == "_" and owner:
            first = [parameter.annotation for parameter in facts.definition.parameters[:1] if parameter.annotation]
            types = types or [quoted(facts.module, annotation) for annotation in first]
            if types and all(types):
                return Summary(f"implement `{owner}` for {listing(types)}", more=True)
    return None


def _from_known_name(facts: Facts) -> Summary | None:
    definition = facts.definition
    name = definition.node.name
    names = [parameter.arg for parameter in definition.parameters]
    known = (FUNCTIONS if definition.owner is None else METHODS).get(name)
    is_method = bool(definition.owner or definition.bound_name) or name in {"__getattr__", "__dir__"}
    template = _dunder(name) if is_method else ""
    if known is None and is_test(definition):
        known = f"test {phrase(name[4:])}" if words(name[4:]) else "run the test"
    elif template and (names or "{0}" not in template):
        this = definition.bound_name or "self"
        known = template.format(*names, self=this, cls=definition.owner.name if definition.owner else this)
    elif known is None and says_nothing(definition):
        return _of_placeholder(facts)
    return Summary(known) if known else None


def _of_placeholder(facts: Facts) -> Summary:
    """Say of a function whose name says nothing what it returns, or else where it belongs."""
    definition = facts.definition
    sole = facts.sole
    if isinstance(sole, ast.Return) and sole.value is not None and (value := facts.values.describe(sole.value)):
        return Summary(f"return {value}", more=True)
    kind = "function" if definition.owner is None else "method"
    of = f" of `{definition.outer.name}`" if definition.outer else ""
    return Summary(f"{'inner ' if of else ''}{kind} `{definition.node.name}`{of}")


def _dunder(name: str) -> str:
    """Give the template for a method with a meaning in the language, "" for any other."""
    core = name.removeprefix("__").removesuffix("__")
    if name != f"__{core}__":
        return ""
    if core in OPERATORS:
        return f"return `{{self}} {OPERATORS[core]} {{0}}`"
    if core[1:] in OPERATORS and core[0] in "ri":
        operator = OPERATORS[core[1:]]
        return f"return `{{0}} {operator} {{self}}`" if core[0] == "r" else f"do `{{self}} {operator}= {{0}}` in place"
    return DUNDERS.get(name, "")


def _from_words(facts: Facts) -> str:
    name = facts.definition.node.name
    parts = words(name)
    if not parts or (len(parts) == 1 and len(name.strip("_")) <= _CRYPTIC and parts[0] not in VERBS):
        parts = [f"`{name}`"]
    first, rest = parts[0], parts[1:]
    asynchronous = isinstance(facts.definition.node, ast.AsyncFunctionDef)
    if asynchronous and first[0] == "a" and first[1:] in {*VERBS, *PREDICATES}:
        parts = [first[1:], *rest]
        return f"{_instruction(facts, parts) or _thing(facts, parts)} asynchronously"
    return _instruction(facts, parts) or _thing(facts, parts)


def _instruction(facts: Facts, parts: list[str]) -> str:
    """Give the instruction that a name with a verb or a preposition is, "" if it names a thing."""
    first, rest = parts[0], parts[1:]
    if first in PREDICATES and (rest or first == "exists"):
        return _predicate(facts.definition, first, rest)
    if _is_property(facts.definition):
        return ""
    if first == "do" and rest:
        first, rest = rest[0], rest[1:]
    noun = first in ALSO_NOUNS and rest and facts.returns_value and not facts.definition.parameters
    text = ""
    if first in _ATTEMPTS and rest and rest[0] in VERBS:
        text = f"{_ATTEMPTS[first]} {_action(facts, rest[0], rest[1:])}"
    elif first in _PREPOSITIONS and rest:
        text = f"{_PREPOSITIONS[first]} {' '.join(rest)}"
    elif first in VERBS and not noun:
        text = _action(facts, first, rest)
    elif "to" in rest[:-1] and facts.definition.parameters:
        place = rest.index("to")
        text = f"convert {' '.join([first, *rest[:place]])} to {' '.join(rest[place + 1 :])}"
    return text


def _predicate(definition: Definition, first: str, rest: list[str]) -> str:
    clause = PREDICATES[first]
    if not definition.bound_name and len(definition.parameters) == 1 and clause.startswith("it "):
        clause = f"`{definition.parameters[0].arg}`{clause[2:]}"
    return " ".join(["tell whether", clause, *rest])


def _action(facts: Facts, verb: str, rest: list[str]) -> str:
    if verb == "get" and rest and rest[0] not in {"or", "and"}:
        verb = "yield" if facts.yielded else "return" if facts.returns_value else "get"
    verb = _LONG_FORMS.get(verb, verb)
    if rest and rest[0] in _PARTICLES:
        verb, rest = f"{verb} {rest[0]}", rest[1:]
    text = f"{verb} {with_article(rest)}" if rest else verb.removesuffix(" over")
    return f"{text}, as a context manager" if _is_context_manager(facts.definition) else text


def _thing(facts: Facts, parts: list[str]) -> str:
    text = with_article(parts)
    if parts[-1] in AGENTS:
        text = f"act as {text}"
    elif _is_context_manager(facts.definition):
        text = f"provide {text} as a context manager"
    elif facts.yielded:
        text = f"yield {text}"
    elif facts.returns_truth:
        text = f"tell whether {' '.join(parts)}"
    elif facts.returns_value or _is_property(facts.definition):
        text = f"return {text}" if parts[0] not in NO_ARTICLE else f"return `{facts.definition.node.name}`"
    else:
        text = " ".join(parts)
    return text


def _last_parts(definition: Definition) -> set[str]:
    return {name.rpartition(".")[2] for name in definition.decorators}


def _is_property(definition: Definition) -> bool:
    return any(part.endswith("property") for part in _last_parts(definition))


def _is_context_manager(definition: Definition) -> bool:
    return any(part.endswith("contextmanager") for part in _last_parts(definition))
