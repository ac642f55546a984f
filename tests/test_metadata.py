"""What the project says of itself in several files: the same everywhere."""

import re
import tomllib
from pathlib import Path

import pytest

import dropdecay

ROOT = Path(__file__).parent.parent


def test_the_recipe_for_conda_and_the_citation_say_what_the_project_says():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    recipe = (ROOT / "deploy" / "conda" / "recipe.yaml").read_text()
    needed = re.findall(r"^    - (\S+) (>=\S+)$", recipe.split("  run:\n")[1], re.MULTILINE)
    wanted = [f"python{project['requires-python']}", *project["dependencies"]]
    assert ["".join(each) for each in needed] == wanted
    citation = (ROOT / "CITATION.cff").read_text()
    for text in (f"version: {dropdecay.__version__}", project["authors"][0]["name"]):
        assert text in citation
    assert f"version: {dropdecay.__version__}" in recipe


def test_the_recipe_for_conda_renders():
    rattler_build = pytest.importorskip("rattler_build", reason="needs the extra 'dist'")
    recipe = ROOT / "deploy" / "conda" / "recipe.yaml"
    (variant,) = rattler_build.Stage0Recipe.from_file(recipe).render()
    found = variant.recipe.to_dict()
    assert found["package"] == {"name": "dropdecay", "version": dropdecay.__version__}
    (source,) = found["source"]
    assert (recipe.parent / source["path"]).resolve() == ROOT
    assert found["build"]["noarch"] == "python"
    assert (ROOT / found["about"]["license_file"][0]).is_file()
