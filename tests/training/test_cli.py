import pytest

from training.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: command"),
        (["nothing"], "'nothing'"),
        (["dcgan", "--data", "swatches", "--output", "run"], "required: --category"),
        (["dcgan", "--data", "s", "--category", "c", "--output", "run", "--threads", "0"], "'0': give 1 thread"),
        (["evaluate", "patterns", "--category", "floral", "--data", "swatches", "--count", "many"], "'many'"),
    ],
)
def test_arguments_that_make_no_sense_exit_2_with_one_line(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert message in said.err
