"""The offsets of a log: whatever is written, rotated and killed in the middle, nothing kept is lost or told twice."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from gitops.local.logs.file import LogFile
from gitops.local.logs.lines import lines_of
from gitops.local.logs.rotation import Paths, recovery
from gitops.local.masking import Secrets

LIMIT = 64
NO_SECRETS = Secrets()


class Life:
    """A replica that writes numbered lines, a platform that rotates and is killed, a reader that goes on by cursor."""

    def __init__(self, folder: str, *, same: bool) -> None:
        self.path = Path(folder) / "aloha-1.log"
        self.file = LogFile(str(self.path))
        self.same = same
        self.written = b""
        self.seen: dict[int, bytes] = {}
        self.cursor = 0

    def write(self, size: int) -> None:
        """More output, by the descriptor of a process that appends; lines of one content tell no rotation apart."""
        number = "" if self.same else f"{len(self.written)}"
        data = f"{number:x<{size}}\n".encode()
        with self.path.open("ab") as stream:
            stream.write(data)
        self.written += data

    def note(self) -> None:
        if self.path.exists():
            self.file.note(self.path.stat().st_size, float(len(self.written)))

    def rotate(self, steps: int, busy: int, starts: list[int]) -> None:
        """A rotation that is killed after so many steps, while the replica goes on writing; then starts, killed too."""
        while not self.path.exists() or self.path.stat().st_size <= LIMIT:
            self.write(30)
        turns, taken = self.file.turns(LIMIT), 0
        while taken < steps and next(turns, None) is not None:
            taken += 1
            if busy:
                self.write(busy)
        if taken == steps:
            turns.close()
            self.file = LogFile(str(self.path))
            for start in starts:
                for _ in zip(range(start), recovery(Paths(str(self.path))), strict=False):
                    pass

    def read(self, size: int) -> None:
        begin, data = self.file.read(self.cursor, size)
        assert begin >= self.cursor
        assert data == self.written[begin : begin + len(data)], "what is read is what was written at that offset"
        self.cursor = begin + len(data)

    def check(self) -> None:
        """What is kept is the end of what was written, without a gap, and at least the newest of it."""
        extent = self.file.extent()
        assert extent.end == len(self.written)
        begin, data = self.file.read(extent.start, len(self.written) + 1)
        assert (begin, data) == (extent.start, self.written[extent.start :])
        assert len(data) >= min(len(self.written), LIMIT // 2) or b"\n" not in data[:-1]


MOVES = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 40)),
    st.tuples(
        st.just("rotate"), st.integers(0, 9), st.integers(0, 11), st.lists(st.integers(0, 4), min_size=1, max_size=3)
    ),
    st.tuples(st.just("read"), st.integers(1, 100)),
    st.tuples(st.just("note")),
)


@given(moves=st.lists(MOVES, max_size=60), same=st.booleans())
def test_nothing_that_is_kept_is_lost_or_told_twice(moves, same):
    with TemporaryDirectory() as folder:
        life = Life(folder, same=same)
        for name, *arguments in moves:
            getattr(life, name)(*arguments)
            if life.path.exists():
                life.check()


@given(
    data=st.lists(st.sampled_from([b"a", b"secret", b"sec", b"ret", b"\n", b"\r", b"\xc3\xa4", b" " * 9]), max_size=80),
    cuts=st.lists(st.integers(1, 60), max_size=20),
)
def test_lines_read_in_parts_are_the_lines_of_the_whole_and_no_part_shows_a_secret(data, cuts):
    whole = b"".join(data)
    secrets = Secrets(["secret"])
    lines, place, shown = [], 0, 0
    for cut in [*cuts, len(whole)]:
        shown = max(shown, min(len(whole), shown + cut))
        ended = shown == len(whole)
        part = list(lines_of(whole[place:shown], place, secrets, ended=ended, longest=16))
        lines += part
        place = part[-1].end if part else place
    lines += lines_of(whole[place:], place, secrets, ended=True, longest=16)

    assert [line.end for line in lines] == sorted({line.end for line in lines})
    assert not whole or lines[-1].end == len(whole)
    assert all("secret" not in line.text for line in lines)
