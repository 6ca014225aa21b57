"""What operators and machines ask: health, metrics, security.txt, robots.txt."""

from cass_portal.ops import panels  # noqa: F401
from cass_portal.ops.views import bp

__all__ = ["bp"]
