"""What the demonstration's form asks and says, beside the stop that every instance has."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.demo.people import Cast
from cass_portal.directory.models import Product
from cass_portal.feedback.models import PromptKind
from cass_portal.feedback.prompting import Wording, add_prompt

PROMPTS: tuple[tuple[str, PromptKind, str, dict[str, str], str | None], ...] = (
    ("kokkos", PromptKind.QUESTION, "Which compiler is it, and which version of Kokkos?",
     {"es": "¿Con qué compilador y con qué versión de Kokkos?"}, None),
    ("petsc-tao", PromptKind.TRACKER, "A bug with a small example is found sooner where all others are kept.", {},
     "https://gitlab.com/petsc/petsc/-/issues"),
    ("tau", PromptKind.NOTICE, "Please name the **Makefile.tau-…** that you use: it says how TAU was built.", {}, None),
)  # fmt: skip


def ask(start: datetime, *, cast: Cast) -> None:
    with as_of(start - timedelta(days=40)):
        for slug, kind, text, others, url in PROMPTS:
            product = db.session.scalar(sa.select(Product).where(Product.slug == slug))
            if product is not None:
                add_prompt(
                    about=product,
                    wording=Wording(kind=kind, text=text, others=others, url=url, position=0),
                    by=cast.coordinators[0],
                )
