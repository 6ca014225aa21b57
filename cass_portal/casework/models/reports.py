"""What routing by itself would have done, as the worker found out."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from cass_portal.db import Model


class RoutingReport(Model):
    """One report: asked for, then made a little at a time (`routing.review`), at last complete (`made_at`).

    `through_event_id` is how far the decisions were gone through; `detail` what was found until there.
    """

    __tablename__ = "routing_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    through_event_id: Mapped[int] = mapped_column(default=0)
    detail: Mapped[dict[str, Any]]
    leased_until: Mapped[datetime | None]
