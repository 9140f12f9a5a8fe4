# An environment on AWS, whole: every one is this module, called with other values.

locals {
  name    = "${var.product}-${var.environment}"
  folders = ["bundles", "models", "rollouts"]
  model   = "/model"
  # As in the images: Airflow writes models as this user, and the API reads them.
  airflow_user = 10002

  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id

  network = {
    vpc_id             = module.network.vpc_id
    cidr               = var.cidr
    public_subnet_ids  = module.network.public_subnet_ids
    private_subnet_ids = module.network.private_subnet_ids
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

module "key" {
  source = "../key"

  name = local.name
}

module "network" {
  source = "../network"

  name               = local.name
  cidr               = var.cidr
  availability_zones = var.availability_zones
  nat_per_zone       = var.highly_available
  kms_key_arn        = module.key.arn
  log_retention_days = var.log_retention_days
}

resource "aws_ecs_cluster" "this" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

module "api" {
  source = "../service"

  name           = "${local.name}-api"
  network        = local.network
  cluster_arn    = aws_ecs_cluster.this.arn
  repository     = local.repositories["api"]
  container      = "api"
  health_command = ["python", "-m", "kitchen_api.healthcheck"]
  cpu            = var.api.cpu
  memory         = var.api.memory
  limits         = var.api.limits
  shifting       = var.api.shifting

  environment = merge(module.database["api"].environment, {
    KITCHEN_API_DATABASE_URL = "postgresql+psycopg://${module.database["api"].location}"
    KITCHEN_API_MODEL_PATH   = "${local.model}/demand.json"
  })
  secrets = module.database["api"].secrets
  mounts = {
    models = {
      file_system_id  = module.files.id
      access_point_id = module.files.access_points["models"]
      path            = local.model
    }
  }

  certificate_arn     = var.certificate_arn
  client_cidrs        = var.client_cidrs
  web_acl_arn         = var.web_acl_arn
  alarm_topic_arn     = aws_sns_topic.alarms.arn
  log_bucket          = module.logs.name
  log_retention_days  = var.log_retention_days
  kms_key_arn         = module.key.arn
  deletion_protection = var.deletion_protection
}

module "airflow" {
  source = "../airflow"

  name          = "${local.name}-airflow"
  network       = local.network
  cluster_arn   = aws_ecs_cluster.this.arn
  cluster_name  = aws_ecs_cluster.this.name
  repository    = local.repositories["airflow"]
  load_balancer = module.api.load_balancer
  host          = "airflow.${var.domain}"
  client_cidrs  = var.airflow.client_cidrs
  cpu           = var.airflow.cpu
  memory        = var.airflow.memory

  environment  = module.database["airflow"].environment
  secrets      = module.database["airflow"].secrets
  database_url = "postgresql+psycopg://${module.database["airflow"].location}"
  model_path   = local.model
  files = {
    file_system_id         = module.files.id
    home_access_point_id   = module.files.access_points["airflow"]
    models_access_point_id = module.files.access_points["models"]
  }

  bucket_arn         = module.artifacts.arn
  kms_key_arn        = module.key.arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn
}

module "delivery" {
  source = "../delivery"

  name                 = local.name
  environment          = var.environment
  repository           = var.github_repository
  oidc_provider_arn    = var.github_oidc_provider_arn
  publish_to           = [for repository in local.own_repositories : repository.arn]
  repository_arns      = [for repository in local.repositories : repository.arn]
  cluster_arn          = aws_ecs_cluster.this.arn
  cluster_name         = aws_ecs_cluster.this.name
  services             = concat(module.api.arns.services, module.airflow.arns.services)
  task_roles           = concat(module.api.arns.roles, module.airflow.arns.roles)
  families             = [module.api.deployment.task_definition_family, module.airflow.deployment.task_definition_family]
  listeners            = [module.api.deployment.listener_arn]
  bucket_arn           = module.artifacts.arn
  folders              = local.folders
  airflow_password_arn = module.airflow.deployment.password_arn
  kms_key_arn          = module.key.arn
}
