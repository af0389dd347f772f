from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from headrace.errors import Invalid
from headrace.publishing import Publication

MIA, POST = UUID(int=1), UUID(int=2)


def test_tags_and_mentions_come_from_fields_and_content_once_each() -> None:
    made = Publication(
        actor=MIA,
        group="qm",
        content="#Audit with @Jonas and @jonas, #audit",
        tags=("#AUDIT", "iso", " "),
        mentions=("@Lea", "jonas"),
    )
    assert made.all_tags == ("audit", "iso")
    assert made.called == ("lea", "jonas")


@pytest.mark.parametrize("bad", ["\x00", "\ud800"])
@pytest.mark.parametrize("field", ["content", "group", "also", "tags", "mentions", "source_key"])
def test_text_that_the_log_cannot_hold_is_refused_wherever_it_is(field: str, bad: str) -> None:
    texts = (f"fine {bad}",) if field in {"also", "tags", "mentions"} else f"fine {bad}"
    fields: dict[str, Any] = {"group": "qm", "content": "hello", field: texts}
    with pytest.raises(Invalid):
        Publication(actor=MIA, **fields).check()


def test_liking_has_a_key_of_its_own() -> None:
    like = Publication(
        actor=MIA, group="qm", type="Like", object=POST, source="api:x", source_key="other"
    )
    assert like.key == ("like", f"{POST}:{MIA}")


def test_a_key_needs_a_source() -> None:
    assert Publication(actor=MIA, group="qm", source_key="k").key is None
    assert Publication(actor=MIA, group="qm", source="s", source_key="k").key == ("s", "k")
