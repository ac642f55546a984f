"""Messages name parameters; each face spells them in its own way."""

import pickle

import pytest

from dropdecay.errors import BadSetting, Parameter


def test_a_message_spells_its_parameters_as_python_does():
    error = BadSetting("Give ", Parameter("max_iter", 20), " or leave out ", Parameter("cv"), ".")

    assert str(error) == "Give max_iter=20 or leave out cv."


def test_none_is_a_value_that_can_be_said():
    assert str(Parameter("max_norm", None)) == "max_norm=None"


def test_another_face_spells_parameters_and_leaves_the_rest_alone():
    error = BadSetting(Parameter("cv"), " must be smaller than the cv that 'cv' names.")

    assert error.spelled(lambda one: f"--{one.name}") == (
        "--cv must be smaller than the cv that 'cv' names."
    )


@pytest.mark.parametrize("error", [BadSetting("all one"), BadSetting(Parameter("cv"), " is 1.")])
def test_an_error_survives_a_process_border(error):
    back = pickle.loads(pickle.dumps(error))

    assert str(back) == str(error)
    assert back.spelled(lambda _: "--folds") == error.spelled(lambda _: "--folds")
