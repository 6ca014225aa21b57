"""How somebody without an address comes back."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model
from cass_portal.feedback.models.items import Feedback


class ReturnCode(Model):
    """Opens one item for whoever knows its seven words. Only a slow keyed hash of them is kept."""

    __tablename__ = "return_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), unique=True)
    lookup_key: Mapped[str] = mapped_column(sa.String(64), unique=True)

    feedback: Mapped[Feedback] = relationship()
