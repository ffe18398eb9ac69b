"""What a typed dictionary leaves of the one in the configuration, with which Hydra merges it."""

import logging
import shlex
from collections.abc import Mapping
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import OverrideType
from omegaconf import DictConfig, OmegaConf

log = logging.getLogger(__name__)


def tell(config: DictConfig) -> None:
    """Tells which keys stay that are not in a dictionary which was typed.

    So `model.class_weight={0: 5}` leaves the weight of class 1 that an experiment sets. Of what is
    built by a `_target_` some arguments alone are typed and the others meant to stay, and who types
    `++` adds.
    """
    if not HydraConfig.initialized():
        return
    words = [word for word in HydraConfig.get().overrides.task if "={" in word]
    for override in OverridesParser.create().parse_overrides(words):
        key, typed = override.key_or_group, override.value()
        found: Any = OmegaConf.select(config, key)
        if override.type != OverrideType.CHANGE or not isinstance(typed, Mapping):
            continue
        if not OmegaConf.is_dict(found) or "_target_" in found:
            continue
        left = [str(name) for name in found if str(name) not in {str(one) for one in typed}]
        if left:
            line = override.input_line
            # A whole group would lose what is in its file.
            cure = f": ~{key} {shlex.quote(f'+{line}')} replaces it" if "." in key else ""
            log.warning(
                "%s is merged with what the configuration has there, and leaves %s as it is%s",
                *(line, ", ".join(left), cure),
            )
