"""Finds the circles in a graph of names, each once, in time that grows with its edges; knows nothing of files."""

from collections.abc import Iterator, Mapping, Sequence


def cycles(graph: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The circles of a graph, none of them with a name that an earlier one has.

    Args:
        graph: name -> the names that it leads to; names that are not in it lead nowhere.

    Returns:
        The names of each circle in their order, the first one not repeated. Where there is a circle at all, every
        part of the graph that is connected by circles gives one; more may show once these are broken.
    """
    search = _Search(graph)
    for name in graph:
        yield from search.from_(name)


class _Search:
    """One walk in depth over the whole graph; its way is a list, so depth costs no recursion."""

    def __init__(self, graph: Mapping[str, Sequence[str]]) -> None:
        self._graph = graph
        self._seen: set[str] = set()
        self._way: list[str] = []
        self._position: dict[str, int] = {}
        # For every position of the way: the last one up to there that is part of a circle that was told; -1 for none.
        self._told: list[int] = []

    def from_(self, start: str) -> Iterator[tuple[str, ...]]:
        if start in self._seen:
            return
        self._enter(start)
        open_edges = [iter(self._graph[start])]
        while open_edges:
            name = next(open_edges[-1], None)
            if name is None:
                open_edges.pop()
                self._leave()
            elif name in self._position:
                yield from self._close(self._position[name])
            elif name in self._graph and name not in self._seen:
                self._enter(name)
                open_edges.append(iter(self._graph[name]))

    def _enter(self, name: str) -> None:
        self._seen.add(name)
        self._position[name] = len(self._way)
        self._way.append(name)
        self._told.append(self._told[-1] if self._told else -1)

    def _leave(self) -> None:
        del self._position[self._way.pop()]
        self._told.pop()

    def _close(self, begin: int) -> Iterator[tuple[str, ...]]:
        if self._told[-1] < begin:
            self._told[begin:] = range(begin, len(self._way))
            yield tuple(self._way[begin:])
