"""Errors of machines, told in one line each."""

import errno

from triceras import kept_tensorflow
from triceras.errors import UserError, one_line

OUT_OF_MEMORY = (
    "RESOURCE_EXHAUSTED",
    "OOM when allocating",
    "out of memory",
    "Out of memory",
    "can't allocate memory",
    "DefaultCPUAllocator",
)
# What a system says of a disk that takes no more, or no more of one person's.
FULL = (errno.ENOSPC, errno.EDQUOT)


def explained(error: Exception, batch_size: int) -> Exception:
    """The error that a person should read in the place of another.

    Args:
        error: what a run ended with.
        batch_size: of the run.

    Returns:
        A `UserError` where it is known what to do, else the error itself.
    """
    if not isinstance(error, UserError) and is_out_of_memory(error):
        return UserError(
            f"out of memory: lower batch_size={batch_size} or evaluation_batch_size, or make the "
            f"model smaller; what was saved stays ({one_line(error)[:120]})"
        )
    if is_disk_full(error):
        return UserError(disk_full(error))
    return without_damaged_programs(error)


def is_disk_full(error: BaseException) -> bool:
    """Whether an error says that a file could not be written for want of space."""
    return isinstance(error, OSError) and error.errno in FULL


def disk_full(error: BaseException) -> str:
    """One line about a disk that is full, or as full as it may be.

    Args:
        error: which says so.
    """
    return (
        f"the disk is full ({one_line(error)}): free some space, or choose a folder on another "
        "disk with output_dir=<folder>; what was saved stays"
    )


def without_damaged_programs(error: Exception) -> Exception:
    """Removes compiled programs that are kept where an error says that one of them is damaged.

    Args:
        error: what any command ended with.

    Returns:
        A `UserError` where they were removed, else the error itself.
    """
    if isinstance(error, UserError) or not kept_tensorflow.is_damaged(error):
        return error
    folder = kept_tensorflow.folder_in_use()
    kept_tensorflow.forget()
    told = UserError(
        f"a compiled program in {folder} cannot be read or written ({one_line(error)[:120]}): "
        "all that were kept there are removed, so start again; what was saved stays"
    )
    told.__cause__ = error
    return told


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python or of a framework says that memory ran out."""
    return isinstance(error, MemoryError) or any(part in str(error) for part in OUT_OF_MEMORY)
