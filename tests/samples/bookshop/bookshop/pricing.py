from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from bookshop.money import Money

_rules: list[tuple[int, int]] = []


def rule(at_least: int, percent: int) -> Callable[[Callable[..., Money]], Callable[..., Money]]:
    def decorate(function: Callable[..., Money]) -> Callable[..., Money]:
        _rules.append((at_least, percent))

        @wraps(function)
        def wrapper(*args: object, **kwargs: object) -> Money:
            return function(*args, **kwargs)

        return wrapper

    return decorate


@rule(at_least=100, percent=20)
@rule(at_least=10, percent=10)
def discounted(price: Money, count: int) -> Money:
    percent = max((percent for at_least, percent in _rules if count >= at_least), default=0)
    return Money(price.cents * count * (100 - percent) // 100, price.currency)
