"""The file `.env`: what stands in it, where it is looked for, and the slips that are noticed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import SettingsError, advise_on_file, merge_environ, read_env_file
from bot.settings.known_names import NAMES, advise_on_names, nearest_name
from bot.settings.model import PROVIDER_KEYS

SECRET = "pa55word-Qx7"


def written(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# a remark\n\nPORT=3001\n", {"PORT": "3001"}),
        ("\ufeffPORT=3001", {"PORT": "3001"}),
        ("export PORT = 3001 # ours\r\nHOST='::1'\r\n", {"PORT": "3001", "HOST": "::1"}),
        ("PORT=", {"PORT": ""}),
        (
            'PRECACHE_PRICES="openai:a=1/2,\nopenai:b=1/2"\n',
            {"PRECACHE_PRICES": "openai:a=1/2,\nopenai:b=1/2"},
        ),
    ],
)
def test_assignments_are_read_as_shells_and_editors_write_them(
    tmp_path: Path, text: str, values: dict[str, str]
) -> None:
    assert read_env_file(written(tmp_path, text), is_needed=False).values == values


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"PORT=1\n{SECRET}\n", [2]),
        (f"\n\n  OPENAI_API_KEY: {SECRET}\n", [3]),
        ("PORT\n", [1]),
        (f"set SLACK_BOT_TOKEN={SECRET}\n", [1]),
        (f"PORT=1\nredis://:{SECRET}@host?x=1\n# fine\nhello there\n", [2, 4]),
        (f'OPENAI_API_KEY="{SECRET}\nPORT=1\n', [1]),
        (f"OPENAI_API_KEY='{SECRET}' and more\n", [1]),
        (f"=={SECRET}\n", [1]),
        (f"OPENAI-API-KEY={SECRET}\n", [1]),
        ("<<<<<<< HEAD\nPORT=1\n=======\nPORT=2\n>>>>>>> other\n", [1, 3, 5]),
    ],
)
def test_a_line_that_is_no_assignment_is_refused_by_its_number_alone(
    tmp_path: Path, text: str, lines: list[int]
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_env_file(written(tmp_path, text), is_needed=False)
    found = [int(re.findall(r"line (\d+): expected NAME=value", told)[0]) for told in refused.value.problems]
    assert found == lines
    assert SECRET not in f"{refused.value}"
    assert refused.value.__context__ is None


def test_a_file_that_cannot_be_read_is_refused_and_none_is_fine(tmp_path: Path) -> None:
    assert not read_env_file(tmp_path / ".env", is_needed=False).is_there
    for path, told in ((tmp_path / "given", "there is no such file"), (tmp_path, "cannot be read")):
        with pytest.raises(SettingsError, match=told):
            read_env_file(path, is_needed=True)
    (tmp_path / "latin").write_bytes("HOST=größer".encode("latin-1"))
    with pytest.raises(SettingsError, match="expected text in UTF-8"):
        read_env_file(tmp_path / "latin", is_needed=True)


@pytest.mark.parametrize(
    ("in_file", "in_environ", "data"),
    [
        ("", {}, "project/.data"),
        ("PRECACHE_DATA=\n", {"PRECACHE_DATA": ""}, "project/.data"),
        ("PRECACHE_DATA=.data\n", {}, "elsewhere/.data"),
        ("PRECACHE_DATA=/srv/precache\n", {}, "/srv/precache"),
        ("PRECACHE_DATA=~/precache\n", {}, "~/precache"),
        ("PRECACHE_DATA=.data\n", {"PRECACHE_DATA": "here"}, "here"),
    ],
)
def test_the_data_folder_is_the_same_from_wherever_it_is_started(
    tmp_path: Path, in_file: str, in_environ: dict[str, str], data: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    file = read_env_file(written(tmp_path / "elsewhere", in_file), is_needed=True)
    merged = merge_environ(file, in_environ, project=tmp_path / "project")
    expected = data if data[0] in "/~" or data == "here" else str(tmp_path / data)
    assert merged["PRECACHE_DATA"] == expected


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    file = read_env_file(written(tmp_path, "PORT=1\nHOST=::1\n"), is_needed=True)
    merged = merge_environ(file, {"PORT": "2"}, project=tmp_path)
    assert (merged["PORT"], merged["HOST"]) == ("2", "::1")
    assert file.description == f"{tmp_path / '.env'} and the environment"
    assert SECRET not in repr(read_env_file(written(tmp_path, f"OPENAI_API_KEY={SECRET}"), is_needed=True))


# Names


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("PRECACHE_MODLE", "PRECACHE_MODEL"),
        ("PRECACHE_MODEL_NAME", "PRECACHE_MODEL"),
        ("precache_model", "PRECACHE_MODEL"),
        ("PRECACHEMODEL", "PRECACHE_MODEL"),
        ("PRECACHE_FALLBACK", "PRECACHE_FALLBACKS"),
        ("PRECACHE_CHANNEL", "PRECACHE_CHANNELS"),
        ("SLACK_TOKEN", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNING_KEY", "SLACK_SIGNING_SECRET"),
        ("SLACK_BOT_TOKN", "SLACK_BOT_TOKEN"),
        ("QSTASH_CURRENT_SIGNIN_KEY", "QSTASH_CURRENT_SIGNING_KEY"),
        ("UPSTASH_REDIS_URL", "UPSTASH_REDIS_REST_URL"),
        ("REDIS_URI", "REDIS_URL"),
        ("OPENAI_APIKEY", "OPENAI_API_KEY"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("OPEN_AI_API_KEY", "OPENAI_API_KEY"),
        ("ANTROPIC_API_KEY", "ANTHROPIC_API_KEY"),
        ("PUBLICURL", "PUBLIC_URL"),
        ("PROT", "PORT"),
        ("LOGLEVEL", "LOG_LEVEL"),
    ],
)
def test_a_slip_in_a_name_is_told_with_the_one_that_was_meant(name: str, near: str) -> None:
    (advice,) = advise_on_names([name], own_file=True)
    assert advice == f"{name}: Precache knows no variable of this name; did you mean {near}?"


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HTTPS_PROXY", "TZ", "LANG", "COMPOSE_PROJECT_NAME", "OPENAI_ORG_ID", "COHERE_API_KEY"),
        *("LANGSMITH_TRACING", "DATABASE_URL", "AWS_ACCESS_KEY_ID", "PYTHONPATH", "NODE_ENV", "DOMAIN"),
    ],
)
def test_names_of_others_are_nobodys_slip(name: str) -> None:
    assert advise_on_names([name], own_file=True) == []


def test_what_is_certainly_ours_is_told_without_a_near_one_and_the_environments_names_only_with_one() -> None:
    (advice,) = advise_on_names(["PRECACHE_XYZZY_Q"], own_file=True)
    assert advice.endswith("knows no variable of this name, and does not read it")
    assert advise_on_names(["PRECACHE_XYZZY_Q", "SLACK_TOKEN", "PROT"], own_file=False) == []
    assert len(advise_on_names(["PRECACHE_MODLE"], own_file=False)) == 1
    assert advise_on_names(sorted(NAMES | {*PROVIDER_KEYS.values()}), own_file=True) == []


def test_the_known_names_are_those_of_the_example() -> None:
    example = (Path(__file__).parents[3] / ".env.example").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == NAMES
    assert nearest_name("PRECACHE_MODELS", NAMES) == "PRECACHE_MODELS"


def test_a_name_that_stands_twice_is_told(tmp_path: Path) -> None:
    file = read_env_file(written(tmp_path, "PORT=1\nHOST=::1\nPORT=2\n"), is_needed=True)
    assert advise_on_file(file, {}) == [f"PORT: stands twice in {tmp_path / '.env'}; the last one counts"]
