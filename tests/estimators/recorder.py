"""A callback of scikit-learn that writes down what it is told."""


class Recorder:
    """Records what is reported to it; stops training after ``stop_after`` subtasks."""

    def __init__(self, stop_after=None):
        self.stop_after, self.events, self.ended = stop_after, [], []
        self.is_set_up = False

    def setup(self, estimator, context):
        assert not self.is_set_up
        self.is_set_up = True

    def teardown(self, estimator, context):
        assert self.is_set_up
        self.is_set_up = False

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self.events.append(("end", context.task_name, context.task_id))
        if context.parent is not None:
            self.ended.append((X, y, metadata, fitted_estimator))
        return len(self.ended) == self.stop_after
