data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn = {
    for service in ["ecs", "logs"] : service => join(":", [
      "arn", data.aws_partition.current.partition, service,
      data.aws_region.current.region, data.aws_caller_identity.current.account_id,
    ])
  }
}

data "aws_iam_policy_document" "deploy" {
  statement {
    sid = "WhatKnowsNoResource"
    # Registering gives nothing by itself: a task gets no role but those below, and runs in no service but those.
    actions = [
      "cloudwatch:GetMetricData",
      "ecr:GetAuthorizationToken",
      "ecs:DescribeTaskDefinition",
      "ecs:RegisterTaskDefinition",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "ReadImages"
    actions   = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
    resources = var.repository_arns
  }

  statement {
    sid       = "NameReleases"
    actions   = ["ecs:TagResource"]
    resources = [for family in var.families : "${local.arn.ecs}:task-definition/${family}:*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RegisterTaskDefinition"]
    }
  }

  statement {
    sid       = "GiveTasksTheirRoles"
    actions   = ["iam:PassRole"]
    resources = var.task_roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "PutReleasesIntoService"
    actions   = ["ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:UpdateService"]
    resources = var.services
  }

  statement {
    # Where ECS moves the weights: let it go on, step by step, or stop it.
    sid = "SteerWhatEcsDeploys"
    actions = [
      "ecs:ContinueServiceDeployment",
      "ecs:DescribeServiceDeployments",
      "ecs:DescribeServiceRevisions",
      "ecs:StopServiceDeployment",
    ]
    resources = [
      for kind in ["service-deployment", "service-revision"] :
      "${local.arn.ecs}:${kind}/${var.cluster_name}/*"
    ]
  }

  statement {
    # Migrations, once for each image.
    sid       = "RunOneTask"
    actions   = ["ecs:RunTask"]
    resources = [for family in var.families : "${local.arn.ecs}:task-definition/${family}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  statement {
    sid       = "ReadWhatTasksWrite"
    actions   = ["logs:GetLogEvents"]
    resources = ["${local.arn.logs}:log-group:/${var.name}-*:log-stream:*"]
  }

  statement {
    # One that takes too long is stopped.
    sid       = "SeeAndStopTasks"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = ["${local.arn.ecs}:task/${var.cluster_name}/*"]
  }

  statement {
    # Of a service's tasks, which are no resource of this action; of a container instance they would be.
    sid       = "ListTasks"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  statement {
    sid       = "MoveWeights"
    actions   = ["elasticloadbalancing:ModifyListener"]
    resources = var.listeners
  }

  statement {
    sid       = "KeepBundlesModelsAndRollouts"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [for folder in var.folders : "${var.bucket_arn}/${folder}/*"]
  }

  statement {
    sid       = "ListThem"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for folder in var.folders : "${folder}/*"]
    }
  }

  statement {
    sid       = "AskAirflow"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.airflow_password_arn]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}
