"""What differs and a plan leaves as it is -> lines: what is held, drift that is not touched, work by hand, and fields
that belong to somebody else. None of it is a step."""

from gitops.model.autoscale import policy_text
from gitops.model.card import short_digest
from gitops.model.plan import Declaration, HeldChange, KeptField, ManualChange, Plan
from gitops.model.record import EXISTENCE
from gitops.views.amounts import moment_text
from gitops.views.changes import FIELD_INDENT, GAP, Columns, add_changes, place_text
from gitops.views.page import Page, Span, Style, plural
from gitops.views.values import move_text, value_text


def add_held(page: Page, plan: Plan) -> None:
    """What the files ask for and is not tried again, why, and how it is."""
    if not plan.held:
        return
    page.gap()
    page.line(Span("Held: asked for, and not tried again", Style.STRONG))
    for held in plan.held:
        place = place_text(held.place)
        page.line("  ", Span("=", Style.WARNING), f" endpoint {held.endpoint}: {held_words(held)}", " " * GAP, place)
        page.block(held_reason(held), first=(FIELD_INDENT,), indent=FIELD_INDENT, style=Style.QUIET)
    page.line("  ", Span("hint: ", Style.HINT), held_hint(plan))


def held_words(held: HeldChange) -> str:
    """`version v3 is asked for, v2 stays`."""
    if held.field == EXISTENCE:
        return f"it shall be {value_text(held.asked)}, and stays {value_text(held.kept)}"
    asked, kept = move_text(held.asked, held.kept)
    return f"{held.field} {asked} is asked for, {kept} stays"


def held_reason(held: HeldChange) -> str:
    """`since deployment 12 (2026-11-24 08:00:00 UTC): rolled back: never got ready`."""
    return f"since deployment {held.deployment} ({moment_text(held.since)}): {held.reason}"


def held_hint(plan: Plan) -> str:
    """How it is tried again."""
    number = len(plan.held)
    tried, held = ("it", "it is") if number == 1 else ("all of them", "they are")
    return f"--allow retries={number} tries {tried} again; {held} held until the files ask for something else"


def add_drift(page: Page, plan: Plan, columns: Columns) -> None:
    """What the platform has drifted to and `--only-declared` does not put right: live -> the files."""
    if not plan.drift:
        return
    page.gap()
    page.line(Span("Drift, left as it is (--only-declared): live -> declared", Style.STRONG))
    add_changes(page, plan.drift, (), columns)


def add_declarations(page: Page, plan: Plan) -> None:
    """What the files declare, where nothing is known that it differs from."""
    if not plan.declarations:
        return
    page.gap()
    page.line(Span("Declared", Style.STRONG))
    for one in plan.declarations:
        page.line("  ", f"endpoint {one.endpoint}: {declaration_words(one)}", " " * GAP, place_text(one.place))


def declaration_words(one: Declaration) -> str:
    """`model aloha, version current (sha256:7692c3ad3540), 2 replicas`."""
    version = f"{one.version} ({short_digest(one.digest)})" if one.digest else one.version
    parts = [f"model {one.model}", f"version {version}", plural(one.replicas, "replica")]
    if one.autoscale:
        parts.append(f"autoscale {policy_text(one.autoscale)}")
    if one.gpus_per_replica:
        parts.append(f"{plural(one.gpus_per_replica, 'GPU')} each")
    return ", ".join(parts)


def add_manual(page: Page, plan: Plan) -> None:
    """What is left for people, with the place in the platform's console."""
    if not plan.manual:
        return
    page.gap()
    page.line(Span("To do by hand", Style.STRONG))
    for line in plan.manual:
        before, after = manual_move(line)
        move = (Span(before, Style.QUIET), " -> ", Span(after, Style.STRONG))
        place = place_text(line.place)
        page.line("  ", Span("!", Style.HINT), f" endpoint {line.endpoint}: {line.field} ", *move, " " * GAP, place)
        page.line(FIELD_INDENT, Span(f"in {line.where}", Style.QUIET))


def manual_move(line: ManualChange) -> tuple[str, str]:
    """Both values; where none can be read back, that it is not told."""
    before = "(not told)" if line.old is None and line.field != "autoscale" else value_text(line.old)
    return before, value_text(line.new)


def add_kept(page: Page, plan: Plan) -> None:
    """Fields that differ as they are written and are no change."""
    if not plan.kept:
        return
    page.gap()
    page.line(Span("Differences that are no changes", Style.STRONG))
    for kept in plan.kept:
        page.block(kept_words(kept), first=(f"  endpoint {kept.endpoint}: ",), indent=FIELD_INDENT)


def kept_words(kept: KeptField) -> str:
    """`replicas: declared 3, running 7, the autoscaler owns it (2..10) [autoscaler-owned]`."""
    note = kept.note or f"declared {value_text(kept.declared)}, live {value_text(kept.live)}"
    return f"{kept.field}: {note} [{kept.keeper}]"
