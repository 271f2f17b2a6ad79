"""What a revert takes back, and what it leaves."""

import pytest

from tagship.domain.changes.commits import Commit, overall
from tagship.domain.changes.history import read_history, standing

A, B, C, D = "a" * 40, "b" * 40, "c" * 40, "d" * 40
REVERT_A = f'Revert "feat: a"\n\nThis reverts commit {A}.'


@pytest.mark.parametrize(
    ("messages", "left", "change"),
    [
        ([(B, REVERT_A), (A, "feat: a")], [], "none"),
        ([(C, f"This and that\n\nThis reverts commit {B}."), (B, REVERT_A), (A, "feat: a")], [C], "none"),
        ([(C, f'Revert "Revert"\n\nThis reverts commit {B}.'), (B, REVERT_A), (A, "feat: a")], [A], "minor"),
        ([(B, f"revert: a\n\nRefs: {A[:9]}"), (A, "feat: a")], [], "none"),
        ([(B, REVERT_A), (C, "fix: c")], [B, C], "patch"),
        ([(B, 'Revert "feat: a (#12)"\n\nReverts octo/demo#12'), (A, "feat: a (#12)")], [], "none"),
        ([(B, 'Revert "feat: a (#12)" (#13)\n\nReverts octo/demo#12'), (A, "feat: a (#12)")], [], "none"),
        ([(B, 'Revert "x"\n\nReverts octo/demo#99'), (A, "feat: a (#12)")], [B, A], "minor"),
        ([(B, f"revert: a and more\n\nRefs: {A[:7]}, {C[:7]}"), (A, "feat: a"), (C, "fix: c")], [], "none"),
        ([(B, f"revert: a and more\n\nRefs: {A[:7]}, {C[:7]}"), (A, "feat: a")], [B, A], "minor"),
        ([(B, f"revert: feat(pencil): a\n\nThis reverts commit {A}.\n"), (A, "feat(pencil): a")], [], "none"),
        ([(C, f'Reapply "feat: a"\n\nThis reverts commit {B}.'), (B, REVERT_A), (A, "feat: a")], [A], "minor"),
        (
            [
                (D, f'Revert "Reapply"\n\nThis reverts commit {C}.'),
                (C, f'Reapply "feat: a"\n\nThis reverts commit {B}.'),
                (B, REVERT_A),
                (A, "feat: a"),
            ],
            [],
            "none",
        ),
        ([(B, 'Revert "feat: a (#12)" (#13)'), (A, "feat: a (#12)")], [], "none"),
        (
            [
                (C, 'Revert "Revert "feat: a (#12)" (#13)" (#14)'),
                (B, 'Revert "feat: a (#12)" (#13)'),
                (A, "feat: a (#12)"),
            ],
            [A],
            "minor",
        ),
        (
            [(C, "feat: a (#12)"), (B, 'Revert "feat: a (#12)" (#13)\n\nReverts o/d#12'), (A, "feat: a (#12)")],
            [C],
            "minor",
        ),
        ([(B, 'Revert "feat: a"'), (A, "feat: a")], [B, A], "minor"),
        ([(B, f'Revert "x"\n\nThis reverts commit {B}.'), (A, "feat: a")], [B, A], "minor"),
        ([(B, f"fix: a\n\nThis reverts commit {A}."), (A, "feat: a")], [B, A], "minor"),
        ([(B, f"Title (#9)\n\n* revert: a\n\nRefs: {A[:8]}\n\n* feat: b"), (A, "fix: a")], [B], "minor"),
        (
            [(B, f"revert: a\n\nRefs: {A[:7]}"), (A, "feat: a"), (A[:20] + B[:20], "feat: another")],
            [B, A, A[:20] + B[:20]],
            "minor",
        ),
        (
            [(B, f"revert: a\n\nrefs: {A[:21].upper()}"), (A, "feat: a"), (A[:20] + B[:20], "feat: other")],
            [A[:20] + B[:20]],
            "minor",
        ),
        ([(B, "revert: a\n\nRefs: #12"), (A, "feat: a (#12)")], [B, A], "minor"),
    ],
)
def test_reverts(messages: list[tuple[str, str]], left: list[str], change: str) -> None:
    """Git revert and reapply, the specification's footer (FAQ, «revert commits»: several ids), semantic-release's and
    Angular's header, GitHub's button, with and without its body; a revert of what was released before stays.
    """
    meanings = standing(read_history([Commit(id=commit, message=message) for commit, message in messages]))
    assert ([m.commit for m in meanings], overall(meanings)) == (left, change)
