"""Makes recorded.csv: requests of a day, squeezed into seconds, in the form in which servers log them.

Rates follow two waves and a few crowds; texts are long in the evening. From a fixed seed; the file is kept here.
"""

import math
import pathlib
import random


def main() -> None:
    draw = random.Random(7)
    now, rows = 0.0, ["arrival,class"]
    while len(rows) <= 1200:
        wave = 1 + 0.6 * math.sin(2 * math.pi * now / 3) + 0.3 * math.sin(2 * math.pi * now / 0.7)
        crowd = 3 if 2.2 < now < 2.5 or 5.0 < now < 5.4 else 1
        now += draw.expovariate(110 * wave * crowd)
        long = draw.random() < (0.15 if now % 6 < 3 else 0.6)
        rows.append(f"{now * 1e6:.0f} us,{'long' if long else 'short'}")
    (pathlib.Path(__file__).parent / "recorded.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
