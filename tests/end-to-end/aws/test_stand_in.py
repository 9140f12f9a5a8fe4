"""The stand-in itself: what it refuses, what it keeps, and how it fails when it is asked to.

It listens on the port STAND_IN_PORT.
"""

import json
import os
import time
import unittest
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

IMAGE = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/api@sha256:{'a' * 64}"
OTHER = IMAGE.replace("a" * 64, "b" * 64)
ASSUMED = "arn:aws:sts::123456789012:assumed-role/deploy/kitchen"


def source(image: str, **environment: str) -> dict[str, Any]:
    """A service's source, as App Runner is given it."""
    about = {"Port": "8000", "RuntimeEnvironmentVariables": environment}
    repository = {
        "ImageIdentifier": image,
        "ImageRepositoryType": "ECR",
        "ImageConfiguration": about,
    }
    return {"ImageRepository": repository, "AutoDeploymentsEnabled": False}


class StandIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.url = f"http://127.0.0.1:{os.environ['STAND_IN_PORT']}"
        made = cls.client("apprunner").create_service(
            ServiceName="kitchen",
            SourceConfiguration=source(IMAGE),
            HealthCheckConfiguration={"Protocol": "HTTP", "Path": "/healthz"},
        )
        cls.arn = made["Service"]["ServiceArn"]
        cls.over(made["OperationId"])

    def setUp(self) -> None:
        self.ask("faults", [])

    @classmethod
    def ask(cls, what: str, document: object = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        with urllib.request.urlopen(f"{cls.url}/stand-in/{what}", body, timeout=20) as answer:
            return json.load(answer)

    @classmethod
    def client(cls, service: str, validate: bool = True) -> Any:
        config = Config(
            parameter_validation=validate,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            inject_host_prefix=False,
        )
        return boto3.client(
            service,
            region_name="eu-central-1",
            endpoint_url=cls.url,
            aws_access_key_id="A" * 20,
            aws_secret_access_key="x",
            config=config,
        )

    @classmethod
    def over(cls, operation: str) -> str:
        """How an operation ended."""
        for _ in range(100):
            listed = cls.client("apprunner").list_operations(ServiceArn=cls.arn)
            status = next(
                each["Status"] for each in listed["OperationSummaryList"] if each["Id"] == operation
            )
            if status.split("_")[-1] in ("SUCCEEDED", "FAILED"):
                return status
            time.sleep(0.1)
        return status

    def refused(self, service: str, operation: str, **parameters: Any) -> tuple[str, str]:
        """Code and message of an error, boto3's own check left out."""
        with self.assertRaises(ClientError) as caught:
            getattr(self.client(service, validate=False), operation)(**parameters)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def test_parameters_have_to_be_those_of_the_model(self) -> None:
        request = urllib.request.Request(
            self.url,
            json.dumps({"ServiceArn": self.arn, "Image": "x"}).encode(),
            {
                "X-Amz-Target": "AppRunner.UpdateService",
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={'A' * 20}/20260101/eu-central-1/apprunner/aws4_request",
            },
        )
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        self.assertEqual(caught.exception.code, 400)
        self.assertEqual(
            json.load(caught.exception)["message"],
            "1 validation error detected: Unknown parameter 'Image' in the request",
        )
        for parameters, words in (
            (
                {},
                "Value null at 'ServiceArn' failed to satisfy constraint: Member must not be null",
            ),
            (
                {"ServiceArn": "kitchen"},
                "at 'ServiceArn' failed to satisfy constraint: Member must",
            ),
            (
                {"ServiceArn": self.arn, "SourceConfiguration": {"ImageRepository": {}}},
                "Value null at 'SourceConfiguration.ImageRepository.ImageIdentifier'",
            ),
            (
                {"ServiceArn": self.arn, "SourceConfiguration": source("127.0.0.1:5000/api:1")},
                "Member must satisfy regular expression pattern",
            ),
            (
                {
                    "ServiceArn": self.arn,
                    "SourceConfiguration": {"AutoDeploymentsEnabled": "no"},
                },
                'SourceConfiguration.AutoDeploymentsEnabled is str "no", not a boolean',
            ),
            (
                {"ServiceArn": self.arn, "HealthCheckConfiguration": {"Protocol": "SMTP"}},
                "Member must satisfy enum value set: ['TCP', 'HTTP']",
            ),
        ):
            code, message = self.refused("apprunner", "update_service", **parameters)
            self.assertEqual(code, "ValidationException")
            self.assertIn(words, message)
        self.assertIn("UpdateService: 1 validation error", "\n".join(self.ask("violations")))

    def test_an_update_exchanges_what_is_served(self) -> None:
        runner = self.client("apprunner")
        made = runner.update_service(
            ServiceArn=self.arn, SourceConfiguration=source(OTHER, RELEASE="2")
        )
        self.assertEqual(made["Service"]["Status"], "OPERATION_IN_PROGRESS")
        code, message = self.refused("apprunner", "update_service", ServiceArn=self.arn)
        self.assertEqual(code, "InvalidStateException")
        self.assertEqual(self.over(made["OperationId"]), "SUCCEEDED")
        with urllib.request.urlopen(f"{self.url}/version") as answer:
            said = json.load(answer)
        self.assertEqual((said["image"], said["environment"]), (OTHER, {"RELEASE": "2"}))

    def test_what_does_not_become_well_goes_back(self) -> None:
        runner = self.client("apprunner")
        before = runner.describe_service(ServiceArn=self.arn)["Service"]["SourceConfiguration"]
        self.ask("faults", [{"kind": "deployment-fails", "service": "apprunner", "times": 1}])
        made = runner.update_service(ServiceArn=self.arn, SourceConfiguration=source(IMAGE, N="3"))
        self.assertEqual(self.over(made["OperationId"]), "ROLLBACK_SUCCEEDED")
        now = runner.describe_service(ServiceArn=self.arn)["Service"]
        self.assertEqual((now["Status"], now["SourceConfiguration"]), ("RUNNING", before))

    def test_faults_strike_whom_they_are_for_and_no_longer_than_they_should(self) -> None:
        runner = self.client("apprunner")
        self.ask(
            "faults",
            [
                {"kind": "throttled", "service": "apprunner", "after": 1, "times": 1},
                {"kind": "denied", "service": "sts"},
                {"kind": "denied", "service": "s3", "operation": "PutObject"},
                {"kind": "denied", "service": "mwaa"},
            ],
        )
        runner.describe_service(ServiceArn=self.arn)
        self.assertEqual(
            self.refused("apprunner", "describe_service", ServiceArn=self.arn),
            ("ThrottlingException", "Rate exceeded"),
        )
        runner.describe_service(ServiceArn=self.arn)
        self.assertEqual(self.refused("sts", "get_caller_identity")[0], "AccessDenied")
        self.client("s3").list_buckets()
        code, message = self.refused("s3", "put_object", Bucket="b", Key="k/x", Body=b"")
        self.assertEqual(
            (code, message),
            (
                "AccessDenied",
                f"User: {ASSUMED} is not authorized to perform: s3:PutObject on resource: "
                "arn:aws:s3:::b/k/x because no identity-based policy allows the s3:PutObject action",
            ),
        )
        code, message = self.refused("mwaa", "get_environment", Name="airflow")
        self.assertEqual(code, "AccessDeniedException")
        self.assertIn("airflow:GetEnvironment on resource: arn:aws:airflow:", message)
        self.ask("faults", [{"kind": "expired"}])
        self.assertEqual(
            [
                self.refused("apprunner", "describe_service", ServiceArn=self.arn)[0],
                self.refused("elbv2", "describe_listeners")[0],
                self.refused("s3", "list_buckets")[0],
            ],
            ["ExpiredTokenException", "ExpiredToken", "ExpiredToken"],
        )

    def test_an_operation_that_never_ends(self) -> None:
        self.ask("faults", [{"kind": "never-ends", "service": "apprunner"}])
        made = self.client("apprunner").update_service(
            ServiceArn=self.arn, SourceConfiguration=source(IMAGE)
        )
        time.sleep(1)
        status = "PENDING"
        while status == "PENDING":
            listed = self.client("apprunner").list_operations(ServiceArn=self.arn)
            status = listed["OperationSummaryList"][0]["Status"]
        self.assertEqual(status, "IN_PROGRESS")
        self.ask("faults", [])
        self.assertEqual(self.over(made["OperationId"]), "SUCCEEDED")

    def test_mwaa_reads_its_dags_anew_when_it_is_updated(self) -> None:
        s3, mwaa = self.client("s3"), self.client("mwaa")
        s3.create_bucket(
            Bucket="dags", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        for folder, tag in (("one", "v1"), ("two", "v2")):
            text = f'from airflow.sdk import dag\n\n@dag("menu", tags=["{tag}"])\ndef menu(): ...\n'
            s3.put_object(Bucket="dags", Key=f"{folder}/menu.py", Body=text.encode())
        mwaa.create_environment(
            Name="airflow",
            DagS3Path="one",
            SourceBucketArn="arn:aws:s3:::dags",
            ExecutionRoleArn="arn:aws:iam::123456789012:role/airflow",
            NetworkConfiguration={"SubnetIds": ["subnet-1", "subnet-2"]},
        )

        def tags() -> list[str]:
            said = mwaa.invoke_rest_api(Name="airflow", Path="/dags", Method="GET")
            return [tag["name"] for dag in said["RestApiResponse"]["dags"] for tag in dag["tags"]]

        self.assertEqual(tags(), ["v1"])
        mwaa.update_environment(Name="airflow", DagS3Path="two")
        code, message = self.refused("mwaa", "update_environment", Name="airflow", DagS3Path="one")
        self.assertEqual(code, "ValidationException")
        self.assertIn("is in status UPDATING", message)
        while mwaa.get_environment(Name="airflow")["Environment"]["Status"] != "AVAILABLE":
            time.sleep(0.1)
        self.assertEqual(tags(), ["v2"])
        code, _ = self.refused("mwaa", "update_environment", Name="airflow", RequirementsS3Path="r")
        self.assertEqual(code, "ValidationException")
        self.assertEqual(
            self.refused("mwaa", "get_environment", Name="other"),
            ("ResourceNotFoundException", "Environment other not found."),
        )

    def test_cloudwatch_counts_within_bounds(self) -> None:
        names = {"ServiceName": "x", "ServiceId": "y"}
        now = datetime.now(UTC)
        self.ask(
            "metrics",
            [
                {
                    "namespace": "AWS/AppRunner",
                    "metric": "RequestLatency",
                    "dimensions": names,
                    "values": [10, 100, 250, 1000],
                    "at": now.timestamp(),
                }
            ],
        )
        metric = {
            "Namespace": "AWS/AppRunner",
            "MetricName": "RequestLatency",
            "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
        }
        stats = ["SampleCount", "Sum", "p50", "TC(:100)", "TC(100:)", "PR(:250)"]
        answer = self.client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                {"Id": f"m{n}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
                for n, stat in enumerate(stats)
            ],
            StartTime=now - timedelta(minutes=2),
            EndTime=now + timedelta(minutes=2),
        )
        values = [each["Values"][0] for each in answer["MetricDataResults"]]
        self.assertEqual(values, [4, 1360, 250, 2, 2, 75])

    def test_calls_are_written_down_as_iam_names_them(self) -> None:
        urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/stand-in/calls", method="DELETE")
        ).close()
        self.client("apprunner").describe_service(ServiceArn=self.arn)
        self.client("elbv2").describe_target_groups()
        s3 = self.client("s3")
        s3.list_buckets()
        for call in (
            lambda: s3.head_object(Bucket="none", Key="k"),
            lambda: s3.list_objects_v2(Bucket="none"),
        ):
            with self.assertRaises(ClientError):
                call()
        self.ask("call", {"service": "sts", "operation": "get_caller_identity"})
        seen = [(each["action"], each["resource"]) for each in self.ask("calls")]
        self.assertEqual(
            seen,
            [
                ("apprunner:DescribeService", self.arn),
                ("elasticloadbalancing:DescribeTargetGroups", "*"),
                ("s3:ListAllMyBuckets", "*"),
                ("s3:GetObject", "arn:aws:s3:::none/k"),
                ("s3:ListBucket", "arn:aws:s3:::none"),
            ],
        )


if __name__ == "__main__":
    unittest.main()
