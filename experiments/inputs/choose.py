"""Which of two kernels each input gets, by its share of zeros: what that is worth against one for all."""

import numpy as np


def mean_times(zeros: np.ndarray, dense: np.ndarray, skipping: np.ndarray, seed: int = 1, shuffles: int = 99) -> dict:
    """Mean time of the inputs at odd places under each way to choose; of "shuffled", a list.

    A line through the times of the inputs at even places, for each kernel, says what an input takes with its share
    of zeros. "analyzer": each input gets the kernel that takes less by these lines; "shuffled": by the share of
    zeros of another one; "one for all": the kernel with the lower mean, of those at even places; "oracle": which
    really takes less.
    """
    lines = [np.polyfit(zeros[::2], times[::2], 1) for times in (dense, skipping)]
    judged = np.stack([dense[1::2], skipping[1::2]])
    places = np.arange(judged.shape[1])

    def chosen_by(shares: np.ndarray) -> float:
        choice = np.argmin([np.polyval(line, shares) for line in lines], axis=0)
        return float(judged[choice, places].mean())

    rng = np.random.default_rng(seed)
    one = int(np.argmin([dense[::2].mean(), skipping[::2].mean()]))
    return {
        "dense": float(judged[0].mean()),
        "skipping": float(judged[1].mean()),
        "one for all": float(judged[one].mean()),
        "analyzer": chosen_by(zeros[1::2]),
        "shuffled": sorted(chosen_by(rng.permutation(zeros[1::2])) for _ in range(shuffles)),
        "oracle": float(judged.min(axis=0).mean()),
    }
