# One ECS service of which ECS moves the weights. A deployment says by which strategy and in which steps, and
# lets ECS go on before each of them; here is what ECS needs for that.

resource "aws_ecs_service" "shifting" {
  count = var.shifting ? 1 : 0

  name            = var.name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.template.arn
  # Nothing runs before the first release: the template's image is no release.
  desired_count                     = 0
  launch_type                       = "FARGATE"
  platform_version                  = "LATEST"
  availability_zone_rebalancing     = "ENABLED"
  health_check_grace_period_seconds = 60
  enable_ecs_managed_tags           = true
  propagate_tags                    = "SERVICE"

  deployment_configuration {
    strategy             = "BLUE_GREEN"
    bake_time_in_minutes = 0
  }

  # The requests are with the version before: to go back is to stop the new tasks.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = values(var.network.private_subnet_ids)
    security_groups  = [module.task.security_group_id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.cohort["blue"].arn
    container_name   = var.container
    container_port   = var.port

    advanced_configuration {
      alternate_target_group_arn = aws_lb_target_group.cohort["green"].arn
      production_listener_rule   = aws_lb_listener_rule.everything[0].arn
      role_arn                   = aws_iam_role.shifting[0].arn
    }
  }

  lifecycle {
    # Releases move all four. Said again, the target groups would not be exchanged any more.
    ignore_changes = [desired_count, task_definition, deployment_configuration, load_balancer]
  }

  # ECS refuses a target group that no listener knows, and a role that may not do what it is for.
  depends_on = [aws_lb_listener_rule.cohort, aws_iam_role_policy_attachment.shifting]
}

resource "aws_lb_listener_rule" "everything" {
  count = var.shifting ? 1 : 0

  listener_arn = aws_lb_listener.https.arn
  # After the rules of cohorts and of other hosts.
  priority = 1000

  action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = var.initial_weights

        content {
          arn    = aws_lb_target_group.cohort[target_group.key].arn
          weight = target_group.value
        }
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  lifecycle {
    # ECS holds the truth; a plan that put the weights back would send requests to tasks that are gone.
    ignore_changes = [action]
  }
}

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "shifting" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role" "shifting" {
  count = var.shifting ? 1 : 0

  name               = "${var.name}-shifting"
  description        = "ECS: registers tasks of ${var.name} and moves the weights of its listener rule."
  assume_role_policy = data.aws_iam_policy_document.shifting.json
}

resource "aws_iam_role_policy_attachment" "shifting" {
  count = var.shifting ? 1 : 0

  role       = aws_iam_role.shifting[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}
