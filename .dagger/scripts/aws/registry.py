"""Images in ECR, by digest."""

import re

from access import Aws
from botocore.exceptions import ClientError
from problems import code_of
from refused import Refused

ADDRESS = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr[^/]*?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com[^/]*|on\.aws)"
    r"/(?P<name>[^@]+)@(?P<digest>.+)"
)


def must_have(aws: Aws, image: str) -> None:
    """Ask ECR for an image; one of another registry is not asked for.

    Raises:
        Refused: ECR does not have it.
    """
    found = ADDRESS.fullmatch(image)
    if not found:
        return
    try:
        aws.client("ecr", found["region"]).describe_images(
            registryId=found["account"],
            repositoryName=found["name"],
            imageIds=[{"imageDigest": found["digest"]}],
        )
    except ClientError as error:
        missing = {
            "ImageNotFoundException": "the repository has no image of this digest",
            "RepositoryNotFoundException": "there is no such repository",
        }.get(code_of(error))
        if not missing:
            raise
        raise Refused(
            f"{image}: not in ECR: {missing}: was the release published there, or has it expired?"
        ) from error
