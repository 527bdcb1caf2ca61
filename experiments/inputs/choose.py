"""Which of several ways each input goes, by what was predicted for it: what that is worth against one way for all."""

import numpy as np


def chosen_means(predicted: np.ndarray, judged: np.ndarray, one: int, seed: int = 1, shuffles: int = 99) -> dict:
    """Mean cost under each way to choose; of "shuffled", an ascending list.

    `predicted` and `judged` are costs, inputs x ways. "one for all": the way `one`, which whoever learns from other
    inputs takes; "analyzer": each input goes the way with the least predicted cost; "shuffled": that of another
    input; "oracle": the one that really costs least.
    """
    places = np.arange(len(judged))
    best = predicted.argmin(axis=1)
    rng = np.random.default_rng(seed)
    return {
        "one for all": float(judged[:, one].mean()),
        "analyzer": float(judged[places, best].mean()),
        "shuffled": sorted(float(judged[places, rng.permutation(best)].mean()) for _ in range(shuffles)),
        "oracle": float(judged.min(axis=1).mean()),
    }


def mean_times(zeros: np.ndarray, dense: np.ndarray, skipping: np.ndarray, seed: int = 1, shuffles: int = 99) -> dict:
    """The same of two kernels, for the inputs at odd places, by their share of zeros.

    A line through the times of the inputs at even places, for each kernel, says what an input takes. "one for all" is
    the kernel with the lower mean, of those at even places.
    """
    lines = [np.polyfit(zeros[::2], times[::2], 1) for times in (dense, skipping)]
    judged = np.stack([dense[1::2], skipping[1::2]], axis=1)
    predicted = np.stack([np.polyval(line, zeros[1::2]) for line in lines], axis=1)
    one = int(np.argmin([dense[::2].mean(), skipping[::2].mean()]))
    found = {"dense": float(judged[:, 0].mean()), "skipping": float(judged[:, 1].mean())}
    return found | chosen_means(predicted, judged, one, seed, shuffles)


def error_percent(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean of |predicted - true| / true, in %."""
    return float(100 * np.mean(abs(predicted - true) / true))


def print_found(found: dict) -> None:
    """Errors, effects and means of policies, a line each; of shuffles the median."""
    for what, error in found["errors_percent"].items():
        print(f"error {what}: {error:.1f} %")
    for what, effects in found["effects"].items():
        for each in effects:
            print(
                f"effect of {what}, {each['model']}: {'present' if each['present'] else 'absent'}"
                f" (p = {each['p_value']:.2f}), error {100 * each['with']:.1f} % with, {100 * each['without']:.1f} %"
                f" without, {100 * np.median(each['shuffled']):.1f} % shuffled"
            )
    if "disturbed" in found:
        print(f"measured only while others disturbed: {found['disturbed']}")
    for where, means in found["policies_ms"].items():
        texts = [f"{name} {np.median(value):.4g}" for name, value in means.items()]
        print(f"mean ms {where}: {', '.join(texts)}")
