"""Every table. Relationships name classes of later rooms, so all must be known before the first query is built."""

from cass_portal import history  # noqa: F401
from cass_portal.announcements import models as announcements  # noqa: F401
from cass_portal.casework import models as casework  # noqa: F401
from cass_portal.delivery import models as delivery  # noqa: F401
from cass_portal.directory import models as directory  # noqa: F401
from cass_portal.feedback import models as feedback  # noqa: F401
from cass_portal.hooks import models as hooks  # noqa: F401
from cass_portal.mailroom import models as mailroom  # noqa: F401
from cass_portal.people import models as people  # noqa: F401
from cass_portal.status import models as status  # noqa: F401
from cass_portal.subscriptions import models as subscriptions  # noqa: F401
from cass_portal.themes import models as themes  # noqa: F401
from cass_portal.upstream import models as upstream  # noqa: F401
from cass_portal.website import models as website  # noqa: F401
