# A service on ECS in two cohorts, blue and green, behind one load balancer. Terraform makes what a release
# is put into; which image runs where, and who gets how many requests, is the deployment's to say. With
# `shifting` there is one ECS service, and ECS itself moves the weights: shifting.tf.

locals {
  colours = ["blue", "green"]
}

module "task" {
  source = "../task"

  name               = var.name
  vpc_id             = var.network.vpc_id
  vpc_cidr           = var.network.cidr
  repository_arn     = var.repository.arn
  secrets            = var.secrets
  kms_key_arn        = var.kms_key_arn
  log_retention_days = var.log_retention_days
}

# The deployment registers `var.name` from this one: all the same, but the image by digest and what tells
# the service who it is. So a release and a change of the configuration never undo one another.
resource "aws_ecs_task_definition" "template" {
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
    for_each = var.mounts

    content {
      name = volume.key

      efs_volume_configuration {
        file_system_id     = volume.value.file_system_id
        transit_encryption = "ENABLED"

        authorization_config {
          access_point_id = volume.value.access_point_id
          iam             = "ENABLED"
        }
      }
    }
  }

  container_definitions = jsonencode([{
    name                   = var.container
    image                  = "${var.repository.url}:unreleased"
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = 60
    portMappings           = [{ containerPort = var.port, protocol = "tcp" }]
    environment            = [for name, value in var.environment : { name = name, value = value }]
    secrets                = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    mountPoints = [
      for name, mount in var.mounts : { sourceVolume = name, containerPath = mount.path, readOnly = true }
    ]
    healthCheck = {
      command     = concat(["CMD"], var.health_command)
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 30
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = module.task.log_group
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = var.container
      }
    }
  }])
}

data "aws_region" "current" {}

resource "aws_ecs_service" "cohort" {
  for_each = toset(var.shifting ? [] : local.colours)

  name            = "${var.name}-${each.key}"
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.template.arn
  # Nothing runs before the first release: the template's image is no release.
  desired_count                      = 0
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  health_check_grace_period_seconds  = 60
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  # A cohort whose tasks do not start is given up. It is not put back to the image before: the requests are
  # with the other cohort, and a cohort that serves another version than was asked for deceives whoever looks.
  deployment_circuit_breaker {
    enable   = true
    rollback = false
  }

  network_configuration {
    subnets          = values(var.network.private_subnet_ids)
    security_groups  = [module.task.security_group_id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.cohort[each.key].arn
    container_name   = var.container
    container_port   = var.port
  }

  lifecycle {
    # Releases move both; a plan that put them back would stop production.
    ignore_changes = [desired_count, task_definition]
  }

  # ECS refuses a target group that no listener knows.
  depends_on = [aws_lb_listener.https, aws_lb_listener_rule.cohort]
}
