"""Airflow by MWAA: a release's DAGs as a folder of their own in S3, and what Airflow says of them.

A bundle is the release's folder of DAGs under its digest, and one file more: a DAG without tasks
that carries the digest as a tag. By that Airflow itself says which bundle it has read.
"""

import hashlib
from pathlib import Path
from typing import Any

from access import Aws
from botocore.exceptions import ClientError
from problems import code_of
from refused import Refused
from waiting import wait

MARKER = "kitchen_release"
READY = ("AVAILABLE", "UPDATE_FAILED")
STEADY = (*READY, "UNAVAILABLE", "CREATE_FAILED", "DELETED")


def busy(aws: Aws, request: dict[str, Any]) -> str | None:
    """Why the release's DAGs cannot be brought there now, in words; None: they can."""
    about, bundle = request["mwaa"], request["dags"]
    environment = _described(aws, about)
    folder = _folder(about, bundle["digest"])
    if environment["Status"] not in READY and environment.get("DagS3Path") != folder:
        return _words(environment)
    if not _is_there(aws, about, environment, folder):
        _files(bundle)
    return None


def deploy(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The release's DAGs in Airflow, by its own word. Returns what MWAA was told, for a way back.

    Raises:
        Refused: MWAA is at something else, did not take them, or Airflow cannot parse one; the DAGs
            before are there again.
    """
    about, bundle = request["mwaa"], request["dags"]
    if problem := busy(aws, request):
        raise Refused(problem)
    environment = _described(aws, about)
    bucket, folder = _bucket(environment), _folder(about, bundle["digest"])
    _upload(aws, about, environment, folder, bundle)
    wanted = {"DagS3Path": folder, "digest": bundle["digest"]}
    for part, key in (("requirements", "Requirements"), ("plugins", "Plugins")):
        if about[part]:
            path = f"{folder}/{about[part]}"
            version = aws.client("s3").head_object(Bucket=bucket, Key=path).get("VersionId")
            if not version:
                raise Refused(f"bucket {bucket} keeps no versions, and MWAA asks for one of {path}")
            wanted |= {f"{key}S3Path": path, f"{key}S3ObjectVersion": version}
    before = {key: environment[key] for key in wanted if environment.get(key)}
    try:
        run(aws, about, wanted)
    except Refused as refused:
        _put_back(aws, about, before, refused)
        raise
    return wanted


def run(aws: Aws, about: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Have MWAA take a bundle that is in its bucket, and wait until Airflow has read it.

    Raises:
        Refused: MWAA is at something else, or did not take it, or not in time.
    """
    told = {key: value for key, value in wanted.items() if key != "digest"}
    environment = _described(aws, about)
    if any(environment.get(key) != value for key, value in told.items()):
        if environment["Status"] not in READY:
            raise Refused(_words(environment))
        aws.client("mwaa").update_environment(Name=about["environment"], **told)
    environment = _settled(aws, about)
    last = environment.get("LastUpdate", {})
    if any(environment.get(key) != value for key, value in told.items()):
        error = last.get("Error", {})
        raise Refused(
            f"MWAA environment {about['environment']} did not take the DAGs of "
            f"{told['DagS3Path']}, and went back: {error.get('ErrorCode', last.get('Status'))}: "
            f"{error.get('ErrorMessage', 'no reason given')}"
        )
    if digest := wanted.get("digest"):
        _read(aws, about, digest)


def asked(aws: Aws, about: dict[str, Any]) -> tuple[dict[str, str | None] | None, str | None]:
    """DAG -> digest of its bundle, as Airflow says; and what is wrong there."""
    environment = _described(aws, about)
    if environment["Status"] not in READY:
        return None, _words(environment)
    try:
        versions, errors = _dags(aws, about)
    except Refused as refused:
        return None, str(refused)
    return versions, _unparsed(errors) if errors else None


def _put_back(aws: Aws, about: dict[str, Any], before: dict[str, Any], refused: Refused) -> None:
    """The folder that was there is there again; else that is said, too."""
    try:
        environment = _described(aws, about)
        if environment["Status"] in READY and before:
            run(aws, about, before)
    except (Refused, ClientError) as error:
        refused.add_note(f"the DAGs before could not be put back: {error}")


def _upload(
    aws: Aws,
    about: dict[str, Any],
    environment: dict[str, Any],
    folder: str,
    bundle: dict[str, Any],
) -> None:
    """A bundle is written once; its marker comes last."""
    if _is_there(aws, about, environment, folder):
        return
    s3, bucket = aws.client("s3"), _bucket(environment)
    for path, content in _files(bundle).items():
        s3.put_object(Bucket=bucket, Key=f"{folder}/{path}", Body=content)
    text = _marker(bundle["digest"]).encode()
    s3.put_object(Bucket=bucket, Key=f"{folder}/{MARKER}.py", Body=text)


def _marker(digest: str) -> str:
    return (
        '"""Made by Kitchen: which release\'s DAGs these are. No tasks, no schedule."""\n\n'
        "from airflow import DAG\n\n"
        f'release = DAG("{MARKER}", schedule=None, tags=["{digest}"])\n'
    )


def _is_there(aws: Aws, about: dict[str, Any], environment: dict[str, Any], folder: str) -> bool:
    try:
        aws.client("s3").head_object(Bucket=_bucket(environment), Key=f"{folder}/{MARKER}.py")
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchKey"):
            return False
        raise
    return True


def _files(bundle: dict[str, Any]) -> dict[str, bytes]:
    """The folder of DAGs that is here, when it is the release's.

    Raises:
        Refused: it is not.
    """
    here = Path(bundle["here"])
    found = {str(path.relative_to(here)): path for path in here.rglob("*") if path.is_file()}
    files = {name: found[name].read_bytes() for name in sorted(found, key=str.encode)}
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  ./{path}\n" for path, content in files.items()
    ]
    digest = f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"
    if digest != bundle["digest"]:
        raise Refused(
            f"DAGs in {bundle['path']} are not the release's here: check out its commit "
            f"{bundle['commit']}"
        )
    return files


def _described(aws: Aws, about: dict[str, Any]) -> dict[str, Any]:
    name = about["environment"]
    try:
        return dict(aws.client("mwaa").get_environment(Name=name)["Environment"])
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        raise Refused(
            f"{aws.region} has no MWAA environment {name}: "
            "is the region right, and was its Terraform applied?"
        ) from error


def _settled(aws: Aws, about: dict[str, Any]) -> dict[str, Any]:
    environment: dict[str, Any] = {}

    def look() -> str | None:
        nonlocal environment
        environment = _described(aws, about)
        return None if environment["Status"] in STEADY else str(environment["Status"])

    words = wait(about["environment"], about["updateTimeout"], look)
    if words:
        raise Refused(
            f"MWAA environment {about['environment']} is still {words} after "
            f"{about['updateTimeout']} s: MWAA goes on by itself, and takes no other update until "
            "it has ended"
        )
    return environment


def _read(aws: Aws, about: dict[str, Any], digest: str) -> None:
    """Wait until every DAG that Airflow has is of this bundle."""

    def look() -> str | None:
        versions, errors = _dags(aws, about)
        if errors:
            raise Refused(_unparsed(errors))
        late = [f"{dag} is of {version}" for dag, version in versions.items() if version != digest]
        return ", ".join(late) or (None if versions else "it has none")

    words = wait(f"DAGs of {about['environment']}", about["updateTimeout"], look)
    if words:
        raise Refused(
            f"Airflow does not have the DAGs of {digest} after {about['updateTimeout']} s: {words}"
        )


def _dags(aws: Aws, about: dict[str, Any]) -> tuple[dict[str, str | None], list[dict[str, Any]]]:
    """The marker says which bundle Airflow has read; a DAG of none is not known to be of it."""
    found = _listed(aws, about, "/dags", "dags")
    marker = next((dag for dag in found if dag["dag_id"] == MARKER), None)
    tags = [tag["name"] for tag in marker["tags"]] if marker else []
    digest = next((tag for tag in tags if tag.startswith("sha256:")), None)
    live = [dag for dag in found if not dag.get("is_stale") and dag.get("is_active", True)]
    errors = _listed(aws, about, "/importErrors", "import_errors")
    return {dag["dag_id"]: digest for dag in live if dag["dag_id"] != MARKER}, errors


def _listed(aws: Aws, about: dict[str, Any], path: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        try:
            answer = aws.client("mwaa").invoke_rest_api(
                Name=about["environment"],
                Path=path,
                Method="GET",
                QueryParameters={"limit": 100, "offset": len(found)},
            )["RestApiResponse"]
        except ClientError as error:
            if code_of(error) not in ("RestApiClientException", "RestApiServerException"):
                raise
            status = error.response.get("RestApiStatusCode")
            said = error.response.get("RestApiResponse")
            raise Refused(f"Airflow cannot be asked for its {path}: {status} {said}") from error
        found += answer[key]
        if not answer[key] or len(found) >= answer["total_entries"]:
            return found


def _unparsed(errors: list[dict[str, Any]]) -> str:
    shown = [f"{each['filename']}:\n{each['stack_trace'].strip()}" for each in errors]
    return "Airflow cannot parse DAGs of this release: " + "\n".join(shown)


def _folder(about: dict[str, Any], digest: str) -> str:
    return f"{about['folder']}/{digest.removeprefix('sha256:')}"


def _bucket(environment: dict[str, Any]) -> str:
    return str(environment["SourceBucketArn"].rpartition(":")[2])


def _words(environment: dict[str, Any]) -> str:
    began = environment.get("LastUpdate", {}).get("CreatedAt")
    since = f" since {began.strftime('%Y-%m-%dT%H:%M:%SZ')}" if began else ""
    return (
        f"MWAA environment {environment['Name']} is {environment['Status']} already{since}: it "
        "takes one update at a time: run this again when it is AVAILABLE"
    )
