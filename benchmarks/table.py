"""Turns figures into the lines that people read. Measures nothing."""

from benchmarks.figure import Figure

_WHAT = 58
_VALUE = 20
_SPREAD = 22
_BUDGET = 18


def line(figure: Figure) -> str:
    """One figure: what, value, spread, budget, verdict; its note on a second line."""
    cells = (
        f"  {figure.what:<{_WHAT}}{_value(figure)}".ljust(_WHAT + _VALUE)
        + _spread(figure).ljust(_SPREAD)
        + _budget(figure).ljust(_BUDGET)
        + figure.verdict
    )
    return cells.rstrip() + (f"\n      {figure.note}" if figure.note else "")


def _value(figure: Figure) -> str:
    return "not measured" if figure.value is None else f"{_number(figure.value)} {figure.unit}"


def _spread(figure: Figure) -> str:
    if figure.lowest is None or figure.highest is None:
        return ""
    return f"{_number(figure.lowest)} .. {_number(figure.highest)}"


def _budget(figure: Figure) -> str:
    return f"{figure.budget.sense} {_number(figure.budget.limit)} {figure.unit}" if figure.budget else ""


def _number(value: float) -> str:
    """Three digits that count; whole numbers as they are."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
