"""Write the next migration from what the models say and the versions so far do not: `make migration what=…`.

Compares with an empty SQLite database brought to the newest version. Read and correct what it writes.
"""

import sys
import tempfile
from pathlib import Path

from cass_portal import create_app, migrations
from cass_portal.config import read_settings


def main():
    if len(sys.argv) != 2:
        sys.exit('Say what changes: make migration what="add targets to answers"')
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(read_settings(instance=Path(folder), database_url=""))
        migrations.upgrade(app)
        migrations.write(app, sys.argv[1])


if __name__ == "__main__":
    main()
