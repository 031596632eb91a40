"""The Helm chart: rendered by Helm's own code, and held against Kubernetes' schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import helm_python
import kubernetes_validate
import pytest
import yaml

from bot import VERSION
from deploy.checks.places import DEPLOY, PROJECT, known_variables, run, tool
from deploy.checks.recipe import RECIPE, read_recipe

CHART: Final = DEPLOY / "helm/precache"
KUBERNETES: Final = ("1.27", "1.31", "1.37")
"""The oldest that the chart says it works with, and newer ones."""

HOSTED: Final = {"publicUrl": "https://example.com/precache", "existingSecret": "secrets"}
EMBEDDED: Final = {"mode": "embedded", "existingSecret": "secrets"}
ALL: Final[dict[str, Any]] = {
    **HOSTED,
    "image": {"repository": "registry.example.com/precache", "digest": f"sha256:{'0' * 64}"},
    "imagePullSecrets": [{"name": "registry"}],
    "settings": {"PRECACHE_MODEL": "openai:gpt-5.4-mini", "PRECACHE_MAX_TOKENS": "2000"},
    "autoscaling": {"enabled": False},
    "replicaCount": 3,
    "ingress": {"className": "nginx", "tlsSecret": "certificate", "annotations": {"a": "b"}},
    "networkPolicy": {
        "from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "extraEgress": [{"ports": [{"port": 6379}], "to": [{"podSelector": {}}]}],
    },
    "serviceAccount": {"annotations": {"a": "b"}},
    "service": {"annotations": {"a": "b"}},
    "podAnnotations": {"a": "b"},
    "podLabels": {"a": "b"},
    "nodeSelector": {"a": "b"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "priorityClassName": "high",
}
VALUES: Final[Mapping[str, dict[str, Any]]] = {
    "hosted": HOSTED,
    "all": ALL,
    "embedded": EMBEDDED,
    "embedded, a claim": {
        **EMBEDDED,
        "persistence": {"existingClaim": "kept"},
        "serviceAccount": {"name": "mine"},
    },
    "bare": {
        **HOSTED,
        "ingress": {"enabled": False},
        "networkPolicy": {"enabled": False},
        "podDisruptionBudget": {"enabled": False},
    },
}


def render(values: Mapping[str, Any], folder: Path = CHART) -> dict[str, dict[str, Any]]:
    """What a release consists of, by kind."""
    with helm_python.Chart.load(folder) as chart:
        files = chart.render(dict(values), name="precache", namespace="bots")
    documents = [
        document
        for name, text in files.items()
        if name.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document
    ]
    found = {document["kind"]: document for document in documents}
    assert len(found) == len(documents)
    return found


@cache
def release(name: str) -> dict[str, dict[str, Any]]:
    return render(VALUES[name])


def pod_of(objects: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    spec: dict[str, Any] = objects["Deployment"]["spec"]["template"]["spec"]
    return spec


def find_problems(objects: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Say what a release lacks that no schema asks for."""
    pod = pod_of(objects)
    (container,) = pod["containers"]
    wanted = {
        "a user of its own": pod["securityContext"].get("runAsNonRoot") is True,
        "seccomp": pod["securityContext"].get("seccompProfile") == {"type": "RuntimeDefault"},
        "a pod without a token": pod.get("automountServiceAccountToken") is False,
        "an account without a token": objects.get("ServiceAccount", {"automountServiceAccountToken": False})[
            "automountServiceAccountToken"
        ]
        is False,
        "no variables of other Services": pod.get("enableServiceLinks") is False,
        "a read-only root": container["securityContext"].get("readOnlyRootFilesystem") is True,
        "no rights": container["securityContext"].get("capabilities") == {"drop": ["ALL"]},
        "a bound on memory": "memory" in container["resources"].get("limits", {}),
        "time to end": pod["terminationGracePeriodSeconds"] > 5 + 5,
        **{f"a {kind} probe": f"{kind}Probe" in container for kind in ("startup", "liveness", "readiness")},
    }
    yield from (what for what, there in wanted.items() if not there)
    names = [entry["name"] for entry in container["env"]]
    yield from (f"{name} is no variable" for name in names if name not in known_variables())
    selected = objects["Deployment"]["spec"]["selector"]["matchLabels"]
    for kind, path in (
        ("Service", ()),
        ("PodDisruptionBudget", ("matchLabels",)),
        ("NetworkPolicy", ("matchLabels",)),
    ):
        if kind in objects:
            spec = objects[kind]["spec"]
            selector = spec.get("selector") or spec["podSelector"]
            for part in path:
                selector = selector[part]
            if selector != selected:
                yield f"a {kind} of these pods"


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_takes_each_object(name: str, version: str) -> None:
    for document in release(name).values():
        assert kubernetes_validate.validate(document, version, strict=True) == version


def test_a_field_that_kubernetes_does_not_know_is_told(tmp_path: Path) -> None:
    broken = copy_chart(tmp_path, "deployment.yaml", "readOnlyRootFilesystem", "readonlyRootFilesystem")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(render(HOSTED, broken)["Deployment"], KUBERNETES[-1], strict=True)


@pytest.mark.parametrize("name", VALUES)
def test_a_release_lacks_nothing(name: str) -> None:
    assert list(find_problems(release(name))) == []
    report = helm_python.lint(CHART, VALUES[name], strict=True)
    assert report["errors"] == []
    assert [message for message in report["messages"] if message["severity"] > 1] == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "told"),
    [
        ("deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "a user of its own"),
        ("deployment.yaml", "automountServiceAccountToken: false", "", "a pod without a token"),
        ("deployment.yaml", 'drop: ["ALL"]', 'drop: ["CHOWN"]', "no rights"),
        (
            "deployment.yaml",
            "terminationGracePeriodSeconds: 30",
            "terminationGracePeriodSeconds: 5",
            "time to end",
        ),
        ("deployment.yaml", "livenessProbe", "lifeProbe", "a liveness probe"),
        ("deployment.yaml", "name: PORT", "name: LISTEN_PORT", "LISTEN_PORT is no variable"),
        (
            "service.yaml",
            '{{- include "precache.selector" . | nindent 4 }}',
            "app: precache",
            "a Service of these pods",
        ),
    ],
)
def test_a_chart_that_forgets_something_is_told(
    tmp_path: Path, file: str, right: str, wrong: str, told: str
) -> None:
    broken = copy_chart(tmp_path, file, right, wrong)
    assert told in list(find_problems(render(HOSTED, broken)))


def copy_chart(folder: Path, file: str, right: str, wrong: str) -> Path:
    """Copy the chart, with something replaced in one of its templates."""
    for path in CHART.rglob("*"):
        if path.is_file():
            target = folder / "precache" / path.relative_to(CHART)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text())
    template = folder / "precache/templates" / file
    assert right in template.read_text()
    template.write_text(template.read_text().replace(right, wrong))
    return folder / "precache"


def test_many_copies_are_spread_kept_and_reached() -> None:
    objects = release("hosted")
    assert set(objects) == {
        *("ServiceAccount", "ConfigMap", "Deployment", "Service", "Ingress"),
        *("HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"),
    }
    assert "replicas" not in objects["Deployment"]["spec"]  # the autoscaler's
    assert objects["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert len(pod_of(objects)["topologySpreadConstraints"]) == 2
    (container,) = pod_of(objects)["containers"]
    (port,) = container["ports"]
    environ = {entry["name"]: entry["value"] for entry in container["env"]}
    assert environ == {
        "HOST": "0.0.0.0",  # noqa: S104 - a pod's
        "PORT": str(port["containerPort"]),
        "PRECACHE_DATA": "/data",
        "PUBLIC_URL": HOSTED["publicUrl"],
    }
    assert [
        probe["httpGet"]["path"]
        for kind in ("startup", "liveness", "readiness")
        if (probe := container[f"{kind}Probe"])
    ] == [
        *("/healthz", "/healthz", "/readyz"),
    ]
    (rule,) = objects["Ingress"]["spec"]["rules"]
    assert rule["host"] == "example.com"
    assert [path["path"] for path in rule["http"]["paths"]] == ["/precache/slack", "/precache/api/announce"]
    assert objects["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]


def test_embedded_services_have_one_pod_a_volume_and_no_way_in() -> None:
    objects = release("embedded")
    assert set(objects) == {
        "ServiceAccount",
        "ConfigMap",
        "Deployment",
        "PersistentVolumeClaim",
        "NetworkPolicy",
    }
    spec, pod = objects["Deployment"]["spec"], pod_of(objects)
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    (container,) = pod["containers"]
    assert {"name": "HOST", "value": "127.0.0.1"} in container["env"]
    assert "ports" not in container
    assert {"name": "data", "mountPath": "/data"} in container["volumeMounts"]
    assert objects["NetworkPolicy"]["spec"]["ingress"] == []
    assert objects["PersistentVolumeClaim"]["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    recipe = read_recipe(RECIPE.read_text())["bare"]
    assert (
        str(container["livenessProbe"]["exec"]["command"])[1:-1].replace("'", '"')
        in dict(recipe.steps)["HEALTHCHECK"]
    )
    kept = release("embedded, a claim")
    assert "PersistentVolumeClaim" not in kept
    assert pod_of(kept)["volumes"][1]["persistentVolumeClaim"] == {"claimName": "kept"}
    assert pod_of(kept)["serviceAccountName"] == "mine"


def test_all_values_arrive() -> None:
    objects = release("all")
    pod = pod_of(objects)
    (container,) = pod["containers"]
    assert container["image"] == f"registry.example.com/precache@sha256:{'0' * 64}"
    assert objects["Deployment"]["spec"]["replicas"] == 3
    assert "HorizontalPodAutoscaler" not in objects
    assert objects["ConfigMap"]["data"] == ALL["settings"]
    assert [source for source in container["envFrom"] if "secretRef" in source] == [
        {"secretRef": {"name": "secrets"}}
    ]
    assert pod["imagePullSecrets"] == ALL["imagePullSecrets"]
    assert (pod["nodeSelector"], pod["tolerations"], pod["affinity"], pod["priorityClassName"]) == (
        *(ALL["nodeSelector"], ALL["tolerations"], ALL["affinity"], "high"),
    )
    assert objects["Ingress"]["spec"]["tls"] == [{"hosts": ["example.com"], "secretName": "certificate"}]
    policy = objects["NetworkPolicy"]["spec"]
    assert policy["ingress"][0]["from"] == ALL["networkPolicy"]["from"]
    assert policy["egress"][-1] == ALL["networkPolicy"]["extraEgress"][0]
    other = {**ALL, "settings": {}}
    assert (
        render(other)["Deployment"]["spec"]["template"]["metadata"]
        != objects["Deployment"]["spec"]["template"]["metadata"]
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "/publicUrl"),
        ({**HOSTED, "existingSecret": ""}, "/existingSecret"),
        ({**HOSTED, "publicUrl": "http://example.com"}, "/publicUrl"),
        ({**HOSTED, "publicUrl": "https://example.com/"}, "/publicUrl"),
        ({**EMBEDDED, "publicUrl": "https://example.com"}, "/publicUrl"),
        ({**HOSTED, "settings": {"SLACK_BOT_TOKEN": "x"}}, "SLACK_BOT_TOKEN"),
        ({**HOSTED, "settings": {"REDIS_URL": "x"}}, "REDIS_URL"),
        ({**HOSTED, "settings": {"PORT": "1"}}, "PORT"),
        ({**HOSTED, "settings": {"PRECACHE_LEAD": 300}}, "PRECACHE_LEAD"),
        ({**HOSTED, "replicas": 3}, "replicas"),
        ({**HOSTED, "image": {"digest": "sha256:1"}}, "digest"),
        ({**HOSTED, "mode": "both"}, "/mode"),
    ],
)
def test_values_that_cannot_be_right_are_refused(values: dict[str, Any], told: str) -> None:
    with helm_python.Chart.load(CHART) as chart, pytest.raises(helm_python.HelmError, match=told):
        chart.render(values, name="precache", namespace="bots")


def test_every_secret_of_the_settings_is_refused_in_values() -> None:
    secrets = {name for name in known_variables() if name.endswith(("TOKEN", "SECRET", "KEY"))}
    secrets |= {"REDIS_URL", "PRECACHE_HEARTBEAT_URL"}
    with helm_python.Chart.load(CHART) as chart:
        for name in sorted(known_variables()):
            values = {**HOSTED, "settings": {name: "1"}}
            if name in secrets | {"HOST", "PORT", "PUBLIC_URL", "PRECACHE_DATA"}:
                with pytest.raises(helm_python.HelmError):
                    chart.validate_schema(values)
            else:
                chart.validate_schema(values)


def test_the_notes_say_what_comes_next() -> None:
    with helm_python.Chart.load(CHART) as chart:
        for values, word in (
            (HOSTED, "https://example.com/precache/slack/events"),
            (EMBEDDED, "claim precache"),
        ):
            files = chart.render(values, name="precache", namespace="bots")
            (notes,) = [text for name, text in files.items() if name.endswith("NOTES.txt")]
            assert word in notes
            assert "kubectl --namespace bots" in notes


def test_the_chart_is_of_this_version() -> None:
    with helm_python.Chart.load(CHART) as chart:
        assert chart.metadata["appVersion"] == VERSION


def test_checkov_finds_nothing_in_what_is_rendered(tmp_path: Path) -> None:
    for name in ("all", "embedded"):
        text = yaml.safe_dump_all(release(name).values())
        (tmp_path / f"{name.split()[0]}.yaml").write_text(
            text.replace("precache:0.1.0", "x/precache@sha256:" + "0" * 64)
        )
    (tmp_path / "Dockerfile").write_text(RECIPE.read_text())
    for path in DEPLOY.glob("terraform/*.tf"):
        (tmp_path / path.name).write_text(path.read_text())
    words = [tool("checkov"), "--config-file", DEPLOY / "checks/checkov.yaml", "--directory", tmp_path]
    status, said = run(words)
    assert status == 0, said
    for framework in ("dockerfile", "kubernetes"):
        assert f"{framework} scan results" in said
    broken = (
        (tmp_path / "all.yaml")
        .read_text()
        .replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")
    )
    (tmp_path / "all.yaml").write_text(broken)
    status, said = run(words)
    assert status != 0
    assert "CKV_K8S_22" in said


def test_yaml_is_tidy() -> None:
    files = [path for path in DEPLOY.rglob("*.y*ml") if "templates" not in path.parts]
    status, said = run(
        [tool("yamllint"), "--strict", "--config-file", DEPLOY / "checks/yamllint.yaml", *files]
    )
    assert (status, said) == (0, "")
    assert run([tool("yamllint"), "--strict", "-d", "extends: default", PROJECT / "manifest.yml"])[0] != 0
