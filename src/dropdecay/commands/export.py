"""``dropdecay export``: the fitted network in the formats of other tools."""

from pathlib import Path

from rich.console import Console

from dropdecay.commands.predict import load_model_in
from dropdecay.commands.written import tell_written
from dropdecay.errors import BadInput
from dropdecay.estimators.base import NetworkEstimator
from dropdecay.export.encoder_arrays import TableNumbers, not_numbers, raw_input
from dropdecay.export.onnx import onnx_bytes
from dropdecay.export.torch import describe_output, torch_bytes, torch_lines
from dropdecay.files import check_new_file, write_file
from dropdecay.report.run_files import MODEL
from dropdecay.safe_text import quoted, visible


def export_model(
    run: Path, *, onnx: Path | None, torch: Path | None, as_json: bool = False
) -> None:
    """Write the network of a stored run as ONNX, a torch state dict, or both."""
    if onnx is None and torch is None:
        raise BadInput(
            "Name a file to write: --onnx model.onnx, --torch model.safetensors, or both."
        )
    for path in (onnx, torch):
        if path is not None:
            check_new_file(path)
    estimator = load_model_in(run)
    console = Console(quiet=as_json)
    if onnx is not None:
        write_file(onnx, onnx_bytes(estimator))
        console.print(f"Written: {visible(onnx)}", highlight=False, markup=False)
        for line in onnx_lines(estimator, run):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    if torch is not None:
        write_file(torch, torch_bytes(estimator))
        console.print(f"Written: {visible(torch)}. In Python:", highlight=False, markup=False)
        for line in torch_lines(estimator, torch):
            console.print(f"    {line}", highlight=False, markup=False, soft_wrap=True)
        console.print(f"There, {describe_output(estimator)}.", highlight=False, markup=False)
        console.print(_takes_encoded(estimator, run), highlight=False, markup=False, soft_wrap=True)
    tell_written([path for path in (onnx, torch) if path is not None], as_json=as_json)


def onnx_lines(estimator: NetworkEstimator, run: Path) -> list[str]:
    """Describe the input of the ONNX model: the table's columns, or the encoder's output."""
    raw = raw_input(estimator)
    if raw is None:
        others = [f"{quoted(name)} ({what})" for name, what in not_numbers(estimator).items()]
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        why = [f"ONNX cannot encode columns {', '.join(others[:3])}{more}."] if others else []
        return [*why, _takes_encoded(estimator, run)]
    if isinstance(raw, TableNumbers):
        return [
            f"It takes the table's {len(raw.names)} columns unencoded, in training order, as "
            "float64: NaN for missing, 1 and 0 for true and false, seconds for durations.",
            '    names = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])',
            '    outputs = session.run(None, {"table": frame[names].to_numpy(float)})',
        ]
    return [f"It takes the {estimator.n_features_in_} training columns unencoded, as float32."]


def _takes_encoded(estimator: NetworkEstimator, run: Path) -> str:
    return (
        f"It takes the {estimator.network_.n_inputs} encoded columns: "
        f"dropdecay.load_model({str(run / MODEL)!r}).encoder_.transform(table)."
    )
