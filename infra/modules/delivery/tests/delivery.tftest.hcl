mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name                 = "kitchen-test"
  environment          = "test"
  repository           = "example/kitchen"
  repository_arns      = ["arn:aws:ecr:eu-central-1:111122223333:repository/kitchen/api"]
  cluster_arn          = "arn:aws:ecs:eu-central-1:111122223333:cluster/kitchen-test"
  cluster_name         = "kitchen-test"
  services             = ["arn:aws:ecs:eu-central-1:111122223333:service/kitchen-test/api-blue"]
  families             = ["kitchen-test-api"]
  task_roles           = ["arn:aws:iam::111122223333:role/kitchen-test-api-task"]
  listeners            = ["arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/test/1/2"]
  bucket_arn           = "arn:aws:s3:::kitchen-test-artifacts"
  folders              = ["bundles"]
  airflow_password_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:test"
  kms_key_arn          = "arn:aws:kms:eu-central-1:111122223333:key/test"
}

run "only_the_github_environment_deploys" {
  command = plan

  assert {
    condition     = keys(aws_iam_role.this) == ["deploy"]
    error_message = "roles: ${jsonencode(keys(aws_iam_role.this))}"
  }

  assert {
    condition = {
      for condition in data.aws_iam_policy_document.trust["deploy"].statement[0].condition :
      condition.variable => "${condition.test} ${join(" ", condition.values)}"
      } == {
      "token.actions.githubusercontent.com:aud" = "StringEquals sts.amazonaws.com"
      "token.actions.githubusercontent.com:sub" = "StringEquals repo:example/kitchen:environment:test"
    }
    error_message = "trust: ${jsonencode(data.aws_iam_policy_document.trust["deploy"].statement)}"
  }
}

run "only_main_publishes" {
  command = plan

  variables {
    publish_to = ["arn:aws:ecr:eu-central-1:111122223333:repository/kitchen/api"]
  }

  assert {
    condition = contains(flatten([
      for condition in data.aws_iam_policy_document.trust["publish"].statement[0].condition : condition.values
    ]), "repo:example/kitchen:ref:refs/heads/main")
    error_message = "trust: ${jsonencode(data.aws_iam_policy_document.trust["publish"].statement)}"
  }
}

run "a_provider_that_is_there_is_used" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "A second provider for the same issuer would be refused by AWS."
  }
}

run "any_repository_of_an_owner" {
  command = plan

  variables {
    repository = "example/*"
  }

  expect_failures = [var.repository]
}
