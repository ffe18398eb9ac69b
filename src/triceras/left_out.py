"""What an experiment sets of its own data, where others were chosen that have no such setting."""

import logging
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from triceras.config import files
from triceras.environment import typed_keys

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
    own = settings(available[chosen], available)
    typed = {key.split(".")[1] for key in typed_keys() if key.startswith(f"{GROUP}.")}
    others = [str(key) for key in config[GROUP] if key not in own | typed | {"tests"}]
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


def settings(path: Path, available: dict[str, Path]) -> set[str]:
    """The keys of a file of a group and of those of the group that it takes."""
    written = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    assert isinstance(written, dict)
    found = {str(key) for key in written}
    for default in written.get("defaults", ()):
        if isinstance(default, str) and default in available and available[default] != path:
            found |= settings(available[default], available)
    return found
