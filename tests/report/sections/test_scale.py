from dropdecay.report.sections.scale import scale_of

SCALE = scale_of([-0.02, 0.0, 0.02], "{:g}".format)


def test_an_interval_lies_between_its_ends_with_the_dot_at_the_mean():
    track = SCALE.track(0.01, 0.0, 0.02)
    assert (track.at, track.left, track.width, track.off) == (75.0, 50.0, 50.0, "")
    assert SCALE.zero == 50.0


def test_what_goes_on_beyond_the_scale_ends_there_and_its_dot_is_not_drawn_at_the_end():
    track = SCALE.track(0.05, 0.01, 0.09)
    assert (track.left, track.width, track.at, track.off) == (75.0, 25.0, -1.0, "")


def test_what_is_off_the_scale_says_so():
    assert SCALE.track(-0.5, -0.6, -0.4).off == "left"
    assert SCALE.track(0.5, 0.4, 0.6).off == "right"


def test_without_an_interval_there_is_a_dot_alone():
    track = SCALE.track(0.0, None, None)
    assert (track.at, track.width) == (50.0, 0.0)
