"""Sections of a changelog by a Jinja2 template of the project's own, in a sandbox.

The template sees ``version``, ``tag``, ``previous_tag``, ``date``, ``heading`` (the default one), ``groups`` (each with
``title`` and ``entries``; an entry has ``scope``, ``text`` and ``references``, and prints as a list item),
``dependencies`` (name → version) and ``people`` (a phrase). All texts are cleaned already.
"""

from collections.abc import Sequence

from tagship.domain.changes.changelog import extract
from tagship.domain.changes.changelog_section import Look, Subject, credits_of, groups, heading
from tagship.domain.changes.commits import Meaning
from tagship.errors import UsageError


def render(template: str, file: str, subject: Subject, meanings: Sequence[Meaning], look: Look) -> str:
    """Render a section; where the template writes no heading of the version, the default one comes first.

    Raises:
        UsageError: the template is broken, with its line.

    """
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    top = heading(subject, look)
    values = {
        "version": str(subject.version),
        "tag": subject.tag,
        "previous_tag": subject.since,
        "date": subject.date,
        "heading": top.strip(),
        "groups": groups(meanings, look),
        "dependencies": dict(subject.dependencies),
        "people": credits_of(meanings),
    }
    try:
        text = environment.from_string(template).render(values)
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None)
        hint = "mend the template; docs/changelog.md lists what it can use"
        raise UsageError(f"the template is broken: {error}", file=file, line=line, hint=hint) from None
    except Exception as error:  # noqa: BLE001 - a template runs arbitrary expressions
        raise UsageError(f"the template fails: {error}", file=file, hint="mend the template") from None
    text = text.strip() + "\n"
    return text if extract(text, subject.version) else f"{top}\n{text}"
