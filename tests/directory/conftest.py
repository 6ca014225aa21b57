"""A small checkout of the site that a test can bend."""

from dataclasses import dataclass
from pathlib import Path

import pytest

ORGANIZATION = """\
members:
  # - short_name: COLABS
  #   membership_level: affiliate
  - short_name: S4PST
    name: Stewardship for Programming Systems and Tools
    website: https://s4pst.example.org/
    membership_level: core
  - short_name: RAPIDS
    name: "RAPIDS2: An Institute"
    membership_level: core
officers:
  - position: Chair
    elected: 2025-10-14
"""
AREAS = """\
Programming models and runtimes:
  description: Support concurrency
Development tools:
  description: "Help address challenges"
"""
KOKKOS = """\
---
# cass_members: COLABS, SWAS, PEOS
name: Kokkos
areas:
  - Programming models and runtimes
cass_members:
  - S4PST
  - RAPIDS
description: Performance portability
license_spdx: "Apache-2.0 WITH LLVM-exception"
openssf_bestpractices_id: 9344
foundation_membership: High Performance Software Foundation
e4s_product: Kokkos
spack_name: kokkos
additional_resource_links:
  - label: Website
    url: https://kokkos.example.org/
---
"""
METRICS = """\
---
name: Metrics
charter:
  purpose: |
    To curate.
  status: Active
  status_date: 2025-10-14
chair:
  - Somebody
---
"""


@dataclass
class Site:
    root: Path

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def product(self, stem: str, front_matter: str, body: str = "") -> None:
        self.write(f"_software/{stem}.md", f"---\n{front_matter}---\n{body}")

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        (self.root / path).unlink()


@pytest.fixture
def site(tmp_path) -> Site:
    """Two members, two areas, one working group and Kokkos."""
    made = Site(tmp_path / "cass-site")
    made.write("_data/organization.yml", ORGANIZATION)
    made.write("_data/sw-areas.yml", AREAS)
    made.write("_software/kokkos.md", KOKKOS)
    made.write("_working-groups/metrics.md", METRICS)
    return made
