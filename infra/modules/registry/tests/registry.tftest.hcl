mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  repositories = { api = "kitchen/api", airflow = "kitchen/airflow" }
  kms_key_arn  = "arn:aws:kms:eu-central-1:111122223333:key/test"
}

run "a_tag_never_moves_and_nobody_else_reads" {
  command = apply

  assert {
    condition     = [for repository in aws_ecr_repository.this : repository.image_tag_mutability] == ["IMMUTABLE", "IMMUTABLE"]
    error_message = "tags: ${jsonencode([for repository in aws_ecr_repository.this : repository.image_tag_mutability])}"
  }

  assert {
    condition     = length(aws_ecr_repository_policy.readers) == 0
    error_message = "Other accounts may read ${jsonencode(keys(aws_ecr_repository_policy.readers))}."
  }

  assert {
    # What has no tag may be what production runs: only the number of images may make one go.
    condition     = [for rule in jsondecode(aws_ecr_lifecycle_policy.this["api"].policy).rules : rule.selection.countType] == ["imageCountMoreThan"]
    error_message = "lifecycle: ${aws_ecr_lifecycle_policy.this["api"].policy}"
  }
}

run "another_account_pulls" {
  command = apply

  variables {
    reader_accounts = ["444455556666"]
  }

  assert {
    condition     = keys(aws_ecr_repository_policy.readers) == ["airflow", "api"]
    error_message = "Readable: ${jsonencode(keys(aws_ecr_repository_policy.readers))}."
  }

  assert {
    condition = alltrue([
      for action in one(one(data.aws_iam_policy_document.readers).statement).actions : !can(regex("Put|Upload|Delete|Tag", action))
    ])
    error_message = "Readers may ${jsonencode(one(data.aws_iam_policy_document.readers).statement)}."
  }
}

run "an_account_that_is_none" {
  command = plan

  variables {
    reader_accounts = ["*"]
  }

  expect_failures = [var.reader_accounts]
}
