"""A model as bytes, to be kept and opened by another process. Pure."""

import json
import struct
from dataclasses import asdict

from cass_portal.casework.routing.learning import Counts
from cass_portal.casework.routing.signals import Learned
from cass_portal.casework.routing.suggesting import Model
from cass_portal.casework.routing.weighing import Weights

SIGN = b"CASS routing 1\n"


def packed(model: Model) -> bytes:
    weights = json.dumps(asdict(model.weights)).encode()
    parts = [weights]
    if model.learned is not None:
        parts += [model.learned.given.packed(), model.learned.refused.packed()]
    return SIGN + b"".join(struct.pack("<I", len(each)) + each for each in parts)


def unpacked(data: bytes) -> Model:
    """Raises ValueError for what another version packed."""
    if not data.startswith(SIGN):
        raise ValueError("not packed by this version")
    parts, at = [], len(SIGN)
    try:
        while at < len(data):
            (length,) = struct.unpack_from("<I", data, at)
            parts.append(data[at + 4 : at + 4 + length])
            at += 4 + length
        weights = Weights(**json.loads(parts[0]))
    except (struct.error, TypeError, IndexError, json.JSONDecodeError) as error:
        raise ValueError("not packed by this version") from error
    learned = Learned(*map(Counts.unpacked, parts[1:3])) if len(parts) > 1 else None
    return Model(learned, weights)
