"""The dropout sites of the modules are found, without an edit, and use our masks alone."""

import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.torch_sites import MaskedModule
from tests.engine.masked import KEY
from tests.zoo.plain_loop import call
from tests.zoo.specimens import ZOO

each_specimen = pytest.mark.parametrize("specimen", ZOO, ids=lambda specimen: specimen.name)


def masked_of(specimen, **options):
    torch.manual_seed(0)
    module = specimen.make().double()
    inputs = to_double(specimen.make_data(4, 0)[0])
    return MaskedModule(module, inputs, **options), inputs


def to_double(inputs):
    if isinstance(inputs, dict):
        return {name: to_double(each) for name, each in inputs.items()}
    if isinstance(inputs, tuple):
        return tuple(map(to_double, inputs))
    return inputs.double() if inputs.is_floating_point() else inputs


def outputs(masked, inputs, value):
    masked.at(value, KEY)
    with masked.step(1):
        return call(masked.module, inputs)


@each_specimen
def test_every_site_is_found_by_name(specimen):
    masked, _ = masked_of(specimen)

    modules = {site.name for site in masked.sites if not site.line and site.calls > 0}
    n_functional = sum(site.calls for site in masked.sites if site.line)
    assert modules >= {*specimen.sites, *specimen.inside}
    assert n_functional == specimen.n_functional


@each_specimen
def test_every_site_changes_what_comes_out(specimen):
    found, inputs = masked_of(specimen)

    for site in found.sites:
        if site.picked:
            masked, _ = masked_of(specimen, sites=lambda name, own=site.name: name == own)
            kept, dropped = (outputs(masked, inputs, rate) for rate in (0.0, 0.9))
            assert not torch.allclose(dropped, kept), site.name


@each_specimen
def test_nothing_is_left_to_torchs_generator(specimen):
    masked, inputs = masked_of(specimen)
    before = torch.random.get_rng_state()

    first = outputs(masked, inputs, 0.3)

    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(outputs(masked, inputs, 0.3), first)
