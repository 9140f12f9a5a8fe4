# Airflow as one task: its components are containers that share localhost and the home folder, so all of
# them always run the same image and the same DAGs. docs/decisions/070 says why not MWAA.

locals {
  port = 8080
  home = "/opt/airflow"
  user = "kitchen"

  secrets = merge(
    var.secrets,
    {
      AIRFLOW__CORE__FERNET_KEY     = module.fernet_key.arn
      AIRFLOW__API_AUTH__JWT_SECRET = module.jwt_secret.arn
      AIRFLOW__API__SECRET_KEY      = module.session_key.arn
      KITCHEN_AIRFLOW_PASSWORD      = module.password.arn
    },
  )

  environment = merge(
    var.environment,
    {
      AIRFLOW__CORE__EXECUTOR                           = "LocalExecutor"
      AIRFLOW__CORE__EXECUTION_API_SERVER_URL           = "http://localhost:${local.port}/execution/"
      AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS          = "${local.user}:admin"
      AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE = "${local.home}/passwords.json"
      AIRFLOW__API__BASE_URL                            = "https://${var.host}"
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN               = var.database_url
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC         = var.database_url
      AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION        = "False"
      KITCHEN_DEMAND_RUNS                               = "${local.home}/runs"
      KITCHEN_DEMAND_MODELS                             = var.model_path
    },
  )

  # The commands are arguments of the image's entry point, which is airflow. `check` says with 0 that it is well.
  components = {
    api-server = {
      command = ["api-server"]
      check   = ["python", "-m", "kitchen_demand.healthcheck"]
    }
    scheduler = {
      command = ["scheduler"]
      check   = ["airflow", "jobs", "check", "--job-type", "SchedulerJob", "--local"]
    }
    dag-processor = {
      command = ["dag-processor"]
      check   = ["airflow", "jobs", "check", "--job-type", "DagProcessorJob", "--local"]
    }
  }

  prepare = <<-PYTHON
    import json, os, pathlib, subprocess
    subprocess.run(["airflow", "db", "migrate"], check=True)
    passwords = pathlib.Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({"${local.user}": os.environ["KITCHEN_AIRFLOW_PASSWORD"]}))
    config = pathlib.Path("${local.home}/config")
    config.mkdir(exist_ok=True)
    (config / "release_bundle.py").write_text(os.environ["KITCHEN_RELEASE_BUNDLE"])
  PYTHON

  container = {
    image       = "${var.repository.url}:unreleased"
    environment = [for name, value in local.environment : { name = name, value = value }]
    secrets     = [for name, arn in local.secrets : { name = name, valueFrom = arn }]
    mountPoints = [
      { sourceVolume = "home", containerPath = local.home, readOnly = false },
      { sourceVolume = "models", containerPath = var.model_path, readOnly = false },
    ]
    # Tasks of DAGs write temporary files, and Fargate has no tmpfs.
    readonlyRootFilesystem = false
    stopTimeout            = 120
  }

  logging = {
    for name in concat(["prepare"], keys(local.components)) : name => {
      logDriver = "awslogs"
      options = {
        awslogs-group         = module.task.log_group
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = name
      }
    }
  }
}

data "aws_region" "current" {}

module "task" {
  source = "../task"

  name               = var.name
  vpc_id             = var.network.vpc_id
  vpc_cidr           = var.network.cidr
  repository_arn     = var.repository.arn
  secrets            = local.secrets
  kms_key_arn        = var.kms_key_arn
  log_retention_days = var.log_retention_days
}

# As for the other services: a deployment registers `var.name` from this template, with the image by digest.
resource "aws_ecs_task_definition" "template" {
  # checkov:skip=CKV_AWS_336:Tasks of DAGs write temporary files, and Fargate has no tmpfs to put in their place.
  family                   = "${var.name}-template"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = module.task.execution_role_arn
  task_role_arn            = module.task.task_role.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  dynamic "volume" {
    for_each = { home = var.files.home_access_point_id, models = var.files.models_access_point_id }

    content {
      name = volume.key

      efs_volume_configuration {
        file_system_id     = var.files.file_system_id
        transit_encryption = "ENABLED"

        authorization_config {
          access_point_id = volume.value
          iam             = "ENABLED"
        }
      }
    }
  }

  container_definitions = jsonencode(concat(
    [merge(local.container, {
      name             = "prepare"
      essential        = false
      entryPoint       = ["python", "-c"]
      command          = [local.prepare]
      logConfiguration = local.logging["prepare"]
    })],
    [for name, component in local.components : merge(local.container, {
      name             = name
      essential        = true
      command          = component.command
      portMappings     = name == "api-server" ? [{ containerPort = local.port, protocol = "tcp" }] : []
      dependsOn        = [{ containerName = "prepare", condition = "SUCCESS" }]
      logConfiguration = local.logging[name]
      healthCheck = {
        command     = concat(["CMD"], component.check)
        interval    = 60
        timeout     = 30
        retries     = 3
        startPeriod = 120
      }
    })],
  ))
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.template.arn
  # Nothing runs before the first release: the template's image is no release.
  desired_count    = 0
  launch_type      = "FARGATE"
  platform_version = "LATEST"
  # The old task ends before the new one begins: two schedulers of two versions never share the database.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  # With a single task there is nothing to balance, and ECS would have to run two to do it.
  availability_zone_rebalancing     = "DISABLED"
  health_check_grace_period_seconds = length(var.client_cidrs) > 0 ? 300 : null
  enable_ecs_managed_tags           = true
  propagate_tags                    = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = false
  }

  network_configuration {
    subnets          = values(var.network.private_subnet_ids)
    security_groups  = [module.task.security_group_id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = aws_lb_target_group.this

    content {
      target_group_arn = load_balancer.value.arn
      container_name   = "api-server"
      container_port   = local.port
    }
  }

  lifecycle {
    # Releases move both; a plan that put them back would stop Airflow.
    ignore_changes = [desired_count, task_definition]
  }

  depends_on = [aws_lb_listener_rule.this]
}

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "ReadBundles"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/bundles/*"]
  }

  statement {
    sid       = "KeepModels"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.bucket_arn}/models/*"]
  }

  statement {
    sid       = "ListBoth"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["bundles/*", "models/*"]
    }
  }

  statement {
    sid       = "UseTheKeyOfTheBucket"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role_policy" "task" {
  name   = "bundles-and-models"
  role   = module.task.task_role.name
  policy = data.aws_iam_policy_document.task.json
}
