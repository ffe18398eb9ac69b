"""What an experiment sets of its own data, where others were chosen that have no such setting."""

import logging

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.config import files
from triceras.environment import typed_in
from triceras.replaced import contents

GROUP = "data"

log = logging.getLogger(__name__)


def leave_out(config: DictConfig) -> None:
    """Takes out of a configuration what the data that were chosen do not know.

    An experiment may say how its own data come, as `binarize: fresh`. With `data=arrays` on the
    command line that is not of these data, and they could not be built with it.

    Args:
        config: as it was composed; it is changed.
    """
    chosen = choice()
    available = files(GROUP)
    if chosen not in available or not OmegaConf.is_dict(config.get(GROUP)):
        return
    known = {key for written in contents(available[chosen], available) for key in written}
    known |= typed_in(GROUP) | {"tests"}
    others = [str(key) for key in config[GROUP] if key not in known]
    if not others:
        return
    with open_dict(config[GROUP]):
        for key in others:
            del config[GROUP][key]
    told = ", ".join(f"{GROUP}.{key}" for key in others)
    log.warning(
        f"{told} of experiment={config.get('experiment')} is left out, as {GROUP}={chosen} has no "
        "such setting"
    )


def choice() -> str | None:
    """The data set that was chosen on the command line; the last word counts."""
    words = HydraConfig.get().overrides.task if HydraConfig.initialized() else []
    found = [word.partition("=")[2] for word in words if word.startswith(f"{GROUP}=")]
    return found[-1] if found else None
