# What outlives every release: images, bundles and models, databases, files, logs.

locals {
  components = ["api", "airflow"]

  # Images are pushed once and promoted by digest, so one environment owns the registry and the others pull from it.
  owns_registry    = var.registry.owner_account_id == null
  own_repositories = local.owns_registry ? module.registry[0].repositories : {}
  repositories = local.owns_registry ? local.own_repositories : {
    for component in local.components : component => {
      name = "${var.product}/${component}"
      arn  = "arn:${local.partition}:ecr:${data.aws_region.current.region}:${var.registry.owner_account_id}:repository/${var.product}/${component}"
      url  = "${var.registry.owner_account_id}.dkr.ecr.${data.aws_region.current.region}.amazonaws.com/${var.product}/${component}"
    }
  }

  database_clients = {
    api     = { tasks = module.api.security_group_id }
    airflow = { tasks = module.airflow.security_group_id }
  }
  database_names = {
    api     = "kitchen"
    airflow = "airflow"
  }
}

module "registry" {
  source = "../registry"
  count  = local.owns_registry ? 1 : 0

  repositories    = { for component in local.components : component => "${var.product}/${component}" }
  kms_key_arn     = module.key.arn
  reader_accounts = var.registry.reader_accounts
}

module "artifacts" {
  source = "../bucket"

  name        = "${local.name}-artifacts-${local.account}"
  kms_key_arn = module.key.arn
  log_to      = { bucket = module.logs.name }
}

module "logs" {
  source = "../bucket"

  name        = local.log_bucket
  expire_days = var.log_retention_days
  policies    = [data.aws_iam_policy_document.log_delivery.json]
}

locals {
  log_bucket = "${local.name}-logs-${local.account}"
}

data "aws_iam_policy_document" "log_delivery" {
  statement {
    sid       = "LoadBalancersOfThisAccount"
    actions   = ["s3:PutObject"]
    resources = ["arn:${local.partition}:s3:::${local.log_bucket}/alb/AWSLogs/${local.account}/*"]

    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }
  }

  statement {
    sid       = "BucketsOfThisAccount"
    actions   = ["s3:PutObject"]
    resources = ["arn:${local.partition}:s3:::${local.log_bucket}/s3/*"]

    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

module "files" {
  source = "../files"

  name        = local.name
  vpc_id      = module.network.vpc_id
  subnet_ids  = module.network.private_subnet_ids
  kms_key_arn = module.key.arn

  folders = {
    models  = { uid = local.airflow_user, permissions = "0755" }
    airflow = { uid = local.airflow_user, permissions = "0700" }
  }
  clients = {
    api     = module.api.security_group_id
    airflow = module.airflow.security_group_id
  }
  grants = {
    api     = { role_arn = module.api.task_role_arn, folders = ["models"], write = false }
    airflow = { role_arn = module.airflow.task_role_arn, folders = ["models", "airflow"], write = true }
  }
}

# One each: neither can fill the other's disk, and a restore of one does not turn back the other.
module "database" {
  source   = "../database"
  for_each = local.database_names

  name                = "${local.name}-${each.key}"
  database            = each.value
  username            = each.value
  password_revision   = var.database.password_revision
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.private_subnet_ids
  clients             = local.database_clients[each.key]
  kms_key_arn         = module.key.arn
  instance_class      = var.database.instance_class
  storage_gib         = var.database.storage_gib
  backup_days         = var.database.backup_days
  multi_az            = var.highly_available
  deletion_protection = var.deletion_protection
  log_retention_days  = var.log_retention_days
  alarm_topic_arn     = aws_sns_topic.alarms.arn
}
