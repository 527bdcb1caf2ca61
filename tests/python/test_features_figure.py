"""The figure of features: what a reader sees stands in its objects."""

import pytest

from figures.features import features, read_features
from figures.reading import InputError

HEADER = "file,kind,type,shape,read_share,mean,variance,height,mean_error,variance_error"
ROWS = (
    "a.png,image,uint8,4x4x1,0.5,10.5,2,4,0.25,",
    "b.npy,tensor,float32,16,1,-3,2,,,",
    "c.png,image,uint8,8x4x1,0.5,12,2,8,0.5,",
)


@pytest.fixture
def table(tmp_path):
    def read(*lines):
        file = tmp_path / "features.csv"
        file.write_text("\n".join(lines) + "\n")
        return read_features(file)

    return read


def test_only_what_differs_has_a_panel(table):
    figure = features(table(HEADER, *ROWS))
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.axison]
    assert titles == ["mean", "height"]  # the variance is 2 of all


def test_inputs_stand_in_their_order_and_samples_have_their_error(table):
    mean = features(table(HEADER, *ROWS)).axes[0]
    (images, _, (bars,)), (tensors, _, none) = mean.containers
    assert list(images.get_xdata()) == [1, 3]
    assert list(images.get_ydata()) == [10.5, 12]
    assert [tuple(part[:, 1]) for part in bars.get_segments()] == [(10.25, 10.75), (11.5, 12.5)]
    assert list(tensors.get_xdata()) == [2]
    assert none == ()
    assert images.get_color() != tensors.get_color()


def test_what_does_not_apply_is_left_out(table):
    height = features(table(HEADER, *ROWS)).axes[1]
    (images, _, _) = height.containers[0]
    assert list(images.get_xdata()) == [1, 3]
    assert len(height.containers) == 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["file,mean", "a,1"], "this is no table of partita analyze --csv"),
        ([HEADER, ROWS[0]], "no feature tells its inputs apart (1 of them)"),
        ([HEADER, ROWS[0], "b,image"], ":3: 2 fields; expected 10"),
        ([HEADER, ROWS[0], ROWS[1].replace("tensor", "film")], ":3: kind is 'film' (one of image, tensor"),
        ([HEADER, ROWS[0], ROWS[1].replace("-3", "nan")], ":3: mean is 'nan'; expected a number, or nothing"),
    ],
)  # fmt: skip
def test_wrong_tables_are_refused_with_their_place(table, lines, expected):
    with pytest.raises(InputError) as refused:
        table(*lines)
    assert expected in str(refused.value)
