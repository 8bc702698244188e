"""What `doctor` has found -> a line for each check, with what to do; or JSON."""

from typing import Final

from gitops.model.checkup import Checkup, Finding
from gitops.views.encode import as_json
from gitops.views.page import Page, Span, Style, plural

_WORDS: Final = {
    Finding.GOOD: Span("ok", Style.GOOD),
    Finding.WARNING: Span("warning", Style.WARNING),
    Finding.BAD: Span("bad", Style.DANGER),
    Finding.NOT_CHECKED: Span("-", Style.QUIET),
}
_INDENT: Final = "  "


def checkup_page(checkup: Checkup) -> Page:
    """All checks in order, then how many of them are bad."""
    page = Page()
    where = f" at {checkup.url}" if checkup.url else ""
    page.line(Span(f"Environment {checkup.environment}", Style.STRONG), f" ({checkup.kind}{where})")
    page.gap()
    width = max((len(check.subject) for check in checkup.checks), default=0) + 2
    for check in checkup.checks:
        word = _WORDS[check.finding]
        page.line(_INDENT, check.subject.ljust(width), word, " " * (9 - len(word.text)), check.message)
        if check.hint:
            page.block(
                check.hint, first=(_INDENT, " " * width, Span("hint: ", Style.HINT)), indent=_INDENT + " " * width
            )
    page.gap()
    page.line(*_summary(checkup))
    return page


def checkup_json(checkup: Checkup) -> str:
    """The same as JSON."""
    return as_json(checkup)


def _summary(checkup: Checkup) -> tuple[Span, str]:
    bad = sum(check.finding is Finding.BAD for check in checkup.checks)
    warnings = sum(check.finding is Finding.WARNING for check in checkup.checks)
    said = f" {plural(warnings, 'warning')}." if warnings else ""
    if bad:
        return Span(f"{plural(bad, 'check')} failed.", Style.DANGER), said
    return Span("Nothing keeps it from working.", Style.GOOD), said
