"""docs/deploying.md: what it names is there, and its commands are those of the files."""

from __future__ import annotations

import re
from typing import Final

from deploy.checks.places import DEPLOY, PROJECT
from deploy.checks.recipe import RECIPE, read_recipe

PAGE: Final = (PROJECT / "docs/deploying.md").read_text()


def find_missing(text: str) -> list[str]:
    """The files and headings that a page names and that are not there."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    named = [PROJECT / "docs" / link for link in links if not link.startswith("https://")]
    named += [PROJECT / path for path in re.findall(r"(?<![\w.-])deploy/[\w./-]*\w", text)]
    headings = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.+)$", text, re.M)
    }
    anchors = re.findall(r"\]\(#([^)]+)\)", text)
    return [str(path) for path in named if not path.exists()] + [
        name for name in anchors if name not in headings
    ]


def test_every_file_and_heading_that_is_named_is_there() -> None:
    assert find_missing(PAGE) == []
    broken = find_missing(f"{PAGE}\n[x](../docs/nothing.md) [y](#nowhere) deploy/nothing.yaml")
    assert [name.rpartition("/")[2] for name in broken] == ["nothing.md", "nothing.yaml", "nowhere"]


def test_every_way_to_deploy_is_named() -> None:
    folders = sorted(
        path.name for path in DEPLOY.iterdir() if path.is_dir() and path.name not in ("checks", "__pycache__")
    )
    assert [name for name in folders if f"deploy/{name}" not in PAGE] == []
    assert "docs/deploying.md" in (PROJECT / "README.md").read_text()


def test_commands_name_what_the_recipe_has() -> None:
    stages = read_recipe(RECIPE.read_text())
    targets = set(re.findall(r"--target (\S+)", PAGE))
    assert targets
    assert targets <= set(stages)


def test_nginx_is_told_the_same_where_proxies_are_explained() -> None:
    def squeeze(text: str) -> str:
        return re.sub(r"\s+", " ", text)

    location = (DEPLOY / "proxies/nginx.conf").read_text().partition("\n\n")[2]
    assert squeeze(location).strip() in squeeze((PROJECT / "docs/setup.md").read_text())
