# Where images and releases are pushed once and pulled by digest, by every environment.

resource "aws_ecr_repository" "this" {
  for_each = var.repositories

  name                 = each.value
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  # A release names digests, so what runs in production may have no tag, and may be old: neither makes an
  # image rubbish. Only their number does, and it has to leave room for every rollback.
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Beyond the newest ${var.keep_images}"
      selection = {
        tagStatus   = "any"
        countType   = "imageCountMoreThan"
        countNumber = var.keep_images
      }
      action = { type = "expire" }
    }]
  })
}

data "aws_iam_policy_document" "readers" {
  count = length(var.reader_accounts) > 0 ? 1 : 0

  statement {
    sid = "OtherAccountsPull"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
    ]

    principals {
      type        = "AWS"
      identifiers = var.reader_accounts
    }
  }
}

resource "aws_ecr_repository_policy" "readers" {
  for_each = length(var.reader_accounts) > 0 ? aws_ecr_repository.this : {}

  repository = each.value.name
  policy     = data.aws_iam_policy_document.readers[0].json
}
