"""The configuration: where it lies, how it is composed, and how objects are made of it."""

import copy
import functools
import inspect
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.errors import InstantiationException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.utils import instantiate
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict

from triceras.broken_imports import broken_import
from triceras.environment import environment
from triceras.errors import UserError, one_line
from triceras.kinds import misfit
from triceras.machine import machine_folder
from triceras.modelling.call_errors import WRAPPED, told_by_call
from triceras.quick_composing import compose_quickly
from triceras.quick_yaml import read_quickly
from triceras.targets import explained

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parent / "conf"


def own_folder() -> Path:
    """The project's own configuration: `conf/`, or the folder that `TRICERAS_CONF` names."""
    return Path(os.environ.get("TRICERAS_CONF") or ROOT / "conf").resolve()


def files(group: str = "") -> dict[str, Path]:
    """The configuration files of a group.

    Args:
        group: for example `data`; nothing for all files of all groups.

    Returns:
        Their paths by name, for example `deep/classifier`. Where the project and the package have
        one of the same name, it is the project's, as for Hydra.
    """
    found = {}
    for folder in (PACKAGE, own_folder()):
        for path in sorted((folder / group).rglob("*.yaml")):
            found[str(path.relative_to(folder / group).with_suffix(""))] = path
    return dict(sorted(found.items()))


class PackageConfigs(SearchPathPlugin):
    """Lets Hydra find the configs of this package where the project has none of the same name."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append("triceras", f"file://{PACKAGE}")


def prepare_hydra() -> None:
    """Teaches Hydra where the package's configs are, and OmegaConf what all of them use.

    `${unique_id:}` is eight random hexadecimal digits for each config, `${machine_folder:x}`
    the path of a folder in the folder `x`; see `triceras.machine.machine_folder`, and
    `${environment:X,default}` an environment variable; see `triceras.environment.environment`.
    """
    read_quickly()
    compose_quickly()
    if PackageConfigs not in Plugins.instance().discover(SearchPathPlugin):
        Plugins.instance().register(PackageConfigs)
    OmegaConf.register_new_resolver(
        "unique_id", lambda: secrets.token_hex(4), use_cache=True, replace=True
    )
    OmegaConf.register_new_resolver("machine_folder", machine_folder, replace=True)
    OmegaConf.register_new_resolver("environment", environment, replace=True)


def compose(overrides: Sequence[str] = (), name: str = "train", resolve: bool = True) -> DictConfig:
    """Composes a configuration without a command line, for tests and notebooks.

    Args:
        overrides: as on the command line, for example `["backend=torch", "seed=1"]`.
        name: of the primary config, a file of `conf/` or of the package's.
        resolve: whether values that refer to others are those of now.

    Returns:
        What `scripts/<name>.py` would be given.
    """
    from triceras.left_out import leave_out  # which needs the files of the groups from here

    prepare_hydra()
    with hydra.initialize_config_dir(str(own_folder()), version_base="1.3"):
        config = hydra.compose(name, list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(config)
    with open_dict(config):
        del config["hydra"]
    leave_out(config)
    if resolve:
        OmegaConf.resolve(config)
    return config


def without_tests(config: Any) -> Any:
    """A copy of a configuration without its keys `tests`, which the tests alone read."""
    config = copy.deepcopy(config)
    forget_tests(config)
    return config


def forget_tests(config: Any) -> None:
    """Takes the keys `tests` out of a configuration and of all that is in it."""
    if isinstance(config, DictConfig):
        with open_dict(config):
            config.pop("tests", None)
        nodes: Any = config
    elif isinstance(config, ListConfig):
        nodes = range(len(config))
    else:
        return
    for key in nodes:
        if not OmegaConf.is_interpolation(config, key) and not OmegaConf.is_missing(config, key):
            forget_tests(config[key])


def check_target(name: str, config: Any) -> None:
    """Checks that a configuration says what is to be built.

    Args:
        name: its place, for messages, for example `model.network`.
        config: should hold `_target_`, a function or class by its dotted name.

    Raises:
        UserError: it does not.
    """
    mapping = isinstance(config, DictConfig | dict)
    if mapping and isinstance(config.get("_target_"), str):
        return
    if mapping and "_target_" in config:
        raise UserError(f"{name}._target_={config['_target_']} is no dotted name of what to build")
    value = "null" if config is None else config
    said = f"{name} has no _target_" if mapping else f"{name}={value} cannot be built"
    raise UserError(
        f"{said}: give it a group of settings whose _target_ is the dotted name of a function or "
        "class"
    )


def build(name: str, config: Any, **available: Any) -> Any:
    """Makes the object that a configuration's `_target_` names.

    Args:
        name: the configuration's place, for messages, for example `model.network`.
        config: holds `_target_` and its arguments. What it says under `tests` is none of them.
        **available: arguments that the target is given where it has parameters of these names
            that the configuration does not set. One that is `None` is not there, and the target
            has to do without it.

    Returns:
        What the target returned, or with `_partial_: true` the target with its arguments.

    Raises:
        UserError: there is no such target, it asks for what is not there, or it refused its
            arguments.
    """
    check_target(name, config)
    try:
        target = instantiate(without_tests(config), _partial_=True, _convert_="all")
        parameters = inspect.signature(target.func).parameters
        wrong = misfit(target.func, target.keywords)
        if wrong:
            raise UserError(f"{name}.{wrong}")
        arguments = {}
        for key in available.keys() & parameters.keys() - target.keywords.keys():
            if available[key] is not None:
                arguments[key] = available[key]
            elif parameters[key].default is inspect.Parameter.empty:
                by = ", as labels do that are whole numbers" if key == "classes" else ""
                raise UserError(
                    f"{name} cannot be built: {config._target_} asks for {key}, which the data do "
                    f"not say: give it as +{name}.{key}=<value>, or let the data set say it{by}"
                )
        if config.get("_partial_"):
            return named_partial(target, arguments)
        return target(**arguments)
    except UserError:
        raise
    except SystemExit as error:
        said = f"{config['_target_']} ended the command by sys.exit({error.code!r})"
        raise UserError(f"{name} cannot be built: {said}") from error
    except InstantiationException as error:
        if isinstance(error.__cause__, UserError):
            raise error.__cause__ from error
        reason = one_line(error if error.__cause__ is None else error.__cause__)
        said = explained(name, plain(config), reason)
        reason = broken_import(error.__cause__) or reason
        raise UserError(said or f"{name} cannot be built: {reason}") from error
    except Exception as error:
        # Of a missing key the message is the key alone.
        kind = f"{type(error).__name__}: " if isinstance(error, LookupError) else ""
        reason = f"{kind}{one_line(error)}"
        said = explained(name, plain(config), reason)
        if WRAPPED.search(str(error)):
            # Keras's advice fills a line before it comes to what went wrong.
            reason = told_by_call(error)
        raise UserError(
            said or f"{name} cannot be built: {config.get('_target_')}: {reason}"
        ) from error


def named_partial(function: functools.partial[Any], arguments: Mapping[str, Any]) -> Any:
    """A function with some of its arguments, and its name, as Keras calls a loss or a metric."""
    named: Any = functools.partial(function, **arguments)
    named.__name__ = function.func.__name__
    return named


def plain(config: Any) -> Any:
    """A configuration as a dictionary of Python's own, without `tests`."""
    config = without_tests(config)
    return OmegaConf.to_container(config, resolve=False) if OmegaConf.is_config(config) else config
