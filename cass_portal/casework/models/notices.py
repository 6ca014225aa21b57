"""Whom a mail about broken promises has been sent to."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cass_portal.db import Model


class OverdueNotice(Model):
    """On that day a mail goes out about all promises of a member that take that step: one, however many they are."""

    __tablename__ = "overdue_notice"

    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
