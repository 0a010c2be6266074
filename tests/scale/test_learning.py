"""What slices learn adds up to what one pass over an archive learns."""

from concurrent.futures import Future

import pytest

from surveil.errors import ConfigError
from surveil.learning import Learning
from surveil.scale import learning
from surveil.scale.executors import Serial
from surveil.scale.learning import PlannedLearning
from surveil.scale.plan import Slice
from surveil.scale.tasks import Job, watch


@pytest.mark.parametrize("backwards", [False, True])
def test_slices_learn_what_one_pass_does_in_whatever_order_they_end(archive, cut, tmp_path, monkeypatch, backwards):
    def ended(tasks: list[Future]) -> list[Future]:
        return tasks[::-1] if backwards else tasks

    monkeypatch.setattr(learning, "as_completed", ended)
    one = Learning([archive], tmp_path / "one.npz", cut=cut).run()
    many = PlannedLearning([archive], tmp_path / "many.npz", cut=cut, slice_h=1.0).run()
    assert (tmp_path / "many.npz").read_bytes() == (tmp_path / "one.npz").read_bytes()
    same = ("lines_read", "decoded", "cut_out", "reports", "span", "exit_code")
    assert one["reports"] > 1000 and [many[key] for key in same] == [one[key] for key in same]


def test_a_task_that_fails_fails_when_it_is_asked_for():
    failed = Serial().submit(int, "no number")
    with pytest.raises(ValueError, match="no number"):
        failed.result()


def test_a_worker_with_other_code_is_told_of(archive, config, cut):
    job = Job((str(archive),), config, cut, code="0.0.1+elsewhere")
    with pytest.raises(ConfigError, match=r"a worker has surveil .*, the run 0\.0\.1\+elsewhere"):
        watch(job, Slice(0, 0, 0, 0, 1000), True, None, None)
