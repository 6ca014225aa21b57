"""What was learned of past decisions, kept between processes: one row a model, made anew by the worker."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cass_portal.db import Json, Model


class Learned(Model):
    """What was learned of past decisions (`name`: routing or moderation), up to the event of that number.

    `data` is the model's own format; `detail` says of how many decisions and how well it does on them.
    """

    __tablename__ = "learned"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    through_event_id: Mapped[int]
    made_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)
