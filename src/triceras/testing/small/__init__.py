"""A lab of the engine room's own: the smallest models that have all that a model may have.

The engine room is tested on it, so that its tests hold whatever else the project trains. Its
configuration, `conf/`, takes the place of the project's while `TRICERAS_CONF` names it.
"""

from pathlib import Path

CONF = Path(__file__).parent / "conf"
