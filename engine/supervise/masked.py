"""A mapping of secrets that does not show them when it is printed or logged."""

from collections.abc import Iterator, Mapping


class Masked(Mapping[str, str]):
    """Reads like a mapping of texts; `repr` and `str` show the names only."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        return f"Masked({', '.join(f'{name}=***' for name in self._texts)})"

    __str__ = __repr__
