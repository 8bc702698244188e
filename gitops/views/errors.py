"""A GitopsError -> what a person reads, or JSON with the same code and exit number. Never a traceback."""

from gitops.diagnostics import InputError
from gitops.errors import GitopsError
from gitops.views.diagnostics import diagnostics_data, diagnostics_page
from gitops.views.encode import as_json
from gitops.views.page import Page, Span, Style


def error_page(error: GitopsError) -> Page:
    """What happened and what to do; for invalid input all its diagnostics."""
    if isinstance(error, InputError) and not error.about:
        return diagnostics_page(error.diagnostics)
    page = diagnostics_page(error.diagnostics) if isinstance(error, InputError) else Page()
    page.gap()
    add_error(page, error.code, error.message, error.hint)
    return page


def add_error(page: Page, code: str, message: str, hint: str) -> None:
    """Add `error[code]: message` and its hint to a page; further lines of a long message are indented."""
    page.block(message, first=(Span(f"error[{code}]", Style.DANGER), ": "), indent="  ")
    if hint:
        page.block(hint, first=("  ", Span("hint: ", Style.HINT)), indent="        ")


def error_json(error: GitopsError) -> str:
    """The error for programs; for invalid input with its diagnostics beside it."""
    body = {
        "code": str(error.code),
        "message": error.message,
        "hint": error.hint,
        "exit_code": int(error.exit_code),
    }
    extra = diagnostics_data(error.diagnostics) if isinstance(error, InputError) else {}
    return as_json({"format_version": 1, "error": body, **extra})
