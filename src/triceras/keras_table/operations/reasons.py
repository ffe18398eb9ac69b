"""Why the results of a case differ, or are none, and that is left as it is."""

import re

from triceras.keras_table.operations.comparing import Key, Verdict

# What a model cannot miss, as it is told in an error, or can hardly meet.
LOUD = ("error", "no gradient")
# Kinds of differences, and expressions.
REASONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (LOUD, r"", "an error, which says so"),
    (("not finite",), r"", "no number in the place of another"),
    (("type",), r"", "the same numbers, of another type"),
    (
        ("value",),
        r"ops: cast\((halves|x|kinks), \"u",
        "numbers out of the range of what they are cast to",
    ),
    (("value",), r"ops: matmul\(.*b(ytes|ools)", "sums out of the range of whole numbers"),
    (("value",), r"ops: (less|greater)\w*\((bytes|shorts), (-1|300)", "a number of no such type"),
    (("value",), r"ops: reciprocal\(naturals", "eagerly an error, and the compiler divides"),
    (("value",), r"ops: top_k\(.*sorted=False", "in any order, which Keras says"),
    (("value",), r"ops: argpartition", "in any order within each part"),
    (("value",), r"ops: arg(max|min)\(holes", "of no numbers there is no largest"),
    (("value",), r"ops: isclose\(.*infinite", "infinite numbers are close on JAX and PyTorch"),
    (("value",), r"ops: angle\(kinks", "of a negative 0"),
    (("value", "gradient"), r"\((small|large)", "digits of what is next to 0"),
    (("value",), r"[cC]ross_?entropy.*\(.*(binary|hot)", "digits of a loss that is next to 0"),
    (("value",), r"ops: lu_factor", "an order of rows, or which are exchanged"),
    (("value",), r"image: elastic_transform", "draws by each framework's own generator"),
    (("value",), r"image: .*colours", "rounds to whole colours"),
    (("shape",), r"ops: (where|nonzero)\(", "an array, or one for each axis"),
    (("shape",), r"ops: correlate\(", "a shorter array by a longer one"),
    (("gradient",), r"\w+\(.*tied_images.*", "of equal maxima XLA takes another one"),
    (("gradient",), r"image: (hsv_to_rgb|rgb_to_hsv|perspective_transform)", "in gray, or at 0"),
    (("gradient",), r"layers: Random(Hue|Saturation|ColorJitter|Perspective)", "made of these"),
    (("gradient",), r"ops: (quantile|percentile)\(", "by the quantile, or of no numbers"),
    (("gradient",), r"ops: det\(singular", "digits of 0"),
    (("gradient",), r"ops: corrcoef\(u", "digits of 0"),
    (("gradient",), r"BatchNormalization.*all_ones", "digits of 0"),
    (("gradient",), r"ops: ctc_decode", "which is no function to be differentiated"),
    (("gradient",), r"(CosineSimilarity\(.*|_correlation)\(targets, targets", "digits of 0"),
)


def reason_of(key: Key, verdict: Verdict) -> str:
    """Why a case differs, or nothing; for one that does not, that it does not."""
    if not verdict.kind:
        return "is the same"
    for kinds, pattern, reason in REASONS:
        if verdict.kind in kinds and re.search(pattern, f"{key[0]}: {key[1]}"):
            return reason
    return ""
