"""Views of the themes room: the desk's editor, and what everybody reads under /outcomes/."""

from cass_portal.themes.views import desk, panels, public, writing  # noqa: F401
from cass_portal.themes.views.blueprint import bp

blueprints = [bp]
