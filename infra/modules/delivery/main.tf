# What GitHub Actions may do here, without a key that could be stolen: a workflow of this repository shows
# GitHub's token, and gets a role for two hours at most. Infrastructure is not in it: whoever may make roles may do anything.

locals {
  issuer   = "token.actions.githubusercontent.com"
  provider = var.oidc_provider_arn == null ? aws_iam_openid_connect_provider.github[0].arn : var.oidc_provider_arn

  # Exactly these subjects: no pull request, no fork and no other branch has one of them.
  subjects = merge(
    { deploy = "repo:${var.repository}:environment:${var.environment}" },
    length(var.publish_to) > 0 ? { publish = "repo:${var.repository}:ref:refs/heads/main" } : {},
  )
  policies = {
    deploy  = data.aws_iam_policy_document.deploy.json
    publish = data.aws_iam_policy_document.publish.json
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${var.name}-${each.key}"
  description          = "GitHub Actions, ${each.value}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 7200
}

resource "aws_iam_role_policy" "this" {
  for_each = local.subjects

  name   = each.key
  role   = aws_iam_role.this[each.key].name
  policy = local.policies[each.key]
}

data "aws_iam_policy_document" "publish" {
  statement {
    # The token opens nothing by itself, and the action knows no resource.
    sid       = "LogInToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = length(var.publish_to) > 0 ? [var.publish_to] : []

    content {
      sid = "PushByDigest"
      actions = [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ]
      resources = statement.value
    }
  }
}
