"""The figure of predictions: what a reader sees stands in its objects."""

import pytest

from figures.predict import mean_over_folds, predict, read_predictions
from figures.reading import InputError

HEADER = "exam,points,fold,op,flops,measured_s,predicted_s,low_s,high_s,extrapolated\n"


@pytest.fixture
def points(tmp_path):
    """Reads rows of fold, points, measured and predicted seconds."""

    def read(rows):
        file = tmp_path / "points.csv"
        lines = (f"linear,{count},{fold},linear,1e9,{at},{said},{said},{said},0" for fold, count, at, said in rows)
        file.write_text(HEADER + "\n".join(lines) + "\n")
        return read_predictions(file)

    return read


def test_folds_weigh_the_same(points):
    # 10 and 30 % on one device, 40 % on the other: (20 + 40) / 2.
    exams = points([("a", 0, 1e-3, 1.1e-3), ("a", 0, 1e-3, 0.7e-3), ("b", 0, 1e-3, 1.4e-3)])
    assert mean_over_folds(exams["linear"][0]) == pytest.approx(30)


def test_the_learning_curve_has_a_point_for_each_count(points):
    exams = points([("a", 0, 1e-3, 1.2e-3), ("a", 20, 1e-3, 1.05e-3)])
    learning = predict(exams).subfigs[1].axes[1]
    (line,) = learning.lines
    assert list(line.get_xdata()) == [0, 20]
    assert list(line.get_ydata()) == pytest.approx([20, 5])


def test_what_is_no_point_is_named(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("exam,points,fold\nlinear,0,a\n")
    with pytest.raises(InputError, match=":2: no point of tools/bench predict"):
        read_predictions(file)
    file.write_text(HEADER)
    with pytest.raises(InputError, match="no points"):
        read_predictions(file)
