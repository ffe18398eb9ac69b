"""What the processes of a run tell each other within a step, as operations of a graph."""

import torch
import torch.distributed as dist

SUMMED = "triceras::summed"
GATHERED = "triceras::gathered"
SHARE = "triceras::share"

torch.library.define(SUMMED, "(Tensor[] parts) -> Tensor[]")
torch.library.define(GATHERED, "(Tensor part, int dim, int count) -> Tensor")
torch.library.define(SHARE, "(Tensor whole, int dim, int count) -> Tensor")


@torch.library.register_fake(SUMMED)
def like_summed(parts: list[torch.Tensor]) -> list[torch.Tensor]:
    """Empty results, for tracing."""
    return [torch.empty_like(part, memory_format=torch.contiguous_format) for part in parts]


@torch.library.register_fake(GATHERED)
def like_gathered(part: torch.Tensor, dim: int, count: int) -> torch.Tensor:
    """An empty result, for tracing."""
    return part.new_empty([n * count if d == dim else n for d, n in enumerate(part.shape)])


@torch.library.register_fake(SHARE)
def like_share(whole: torch.Tensor, dim: int, count: int) -> torch.Tensor:
    """An empty result, for tracing; `torch_spread.of_process` puts a slice in its place."""
    return whole.new_empty([n // count if d == dim else n for d, n in enumerate(whole.shape)])


@torch.library.impl(SUMMED, "CompositeExplicitAutograd")
def summed(parts: list[torch.Tensor]) -> list[torch.Tensor]:
    """The sums over all processes, the same bits in each; told in one message for each type."""
    results = list(parts)
    for dtype in {part.dtype: None for part in parts}:
        places = [place for place, part in enumerate(parts) if part.dtype == dtype]
        together = torch.cat([parts[place].reshape(-1) for place in places])
        dist.all_reduce(together)
        sizes = [parts[place].numel() for place in places]
        for place, values in zip(places, together.split(sizes), strict=True):
            results[place] = values.view(parts[place].shape)
    return results


@torch.library.impl(GATHERED, "CompositeExplicitAutograd")
def gathered(part: torch.Tensor, dim: int, count: int) -> torch.Tensor:
    """The parts of all processes, one after the other along a dimension."""
    part = part.contiguous()
    # Neither library of messages knows truth values.
    sent = part.view(torch.uint8) if part.dtype is torch.bool else part
    parts = [torch.empty_like(sent) for _ in range(count)]
    dist.all_gather(parts, sent)
    return torch.cat(parts, dim).view(part.dtype)
