mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name = "kitchen-test-artifacts"
}

run "without_a_key_and_a_place_for_logs" {
  command = apply

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "encryption: ${jsonencode(aws_s3_bucket_server_side_encryption_configuration.this.rule)}"
  }

  assert {
    condition     = length(aws_s3_bucket_logging.this) == 0
    error_message = "It logs to ${jsonencode(aws_s3_bucket_logging.this)}."
  }

  assert {
    condition     = { for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id => rule.status } == { broken-off-uploads = "Enabled", expire = "Disabled" }
    error_message = "lifecycle: ${jsonencode(aws_s3_bucket_lifecycle_configuration.this.rule)}"
  }
}

run "with_both" {
  command = apply

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/test"
    log_to      = { bucket = "kitchen-test-logs" }
    expire_days = 30
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "encryption: ${jsonencode(aws_s3_bucket_server_side_encryption_configuration.this.rule)}"
  }

  assert {
    condition     = one(aws_s3_bucket_logging.this).target_prefix == "s3/kitchen-test-artifacts/"
    error_message = "logging: ${jsonencode(aws_s3_bucket_logging.this)}"
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : one(rule.expiration).days if rule.id == "expire" && rule.status == "Enabled"] == [30]
    error_message = "lifecycle: ${jsonencode(aws_s3_bucket_lifecycle_configuration.this.rule)}"
  }
}

run "a_name_that_no_bucket_can_have" {
  command = plan

  variables {
    name = "Kitchen_Artifacts"
  }

  expect_failures = [var.name]
}
