# Airflow's pages and REST API, on a host name of their own, for the addresses that are listed. Without any
# no listener leads here.

locals {
  reachable = length(var.client_cidrs) > 0 ? toset(["api-server"]) : toset([])
}

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer; behind it is a private network, and tasks hold no certificate.
  for_each = local.reachable

  name                 = var.name
  vpc_id               = var.network.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = local.port
  deregistration_delay = 30

  health_check {
    path    = "/api/v2/monitor/health"
    matcher = "200"
  }

  tags = { Name = var.name }
}

resource "aws_lb_listener_rule" "this" {
  for_each = aws_lb_target_group.this

  listener_arn = var.load_balancer.listener_arn
  priority     = 1

  action {
    type             = "forward"
    target_group_arn = each.value.arn
  }

  condition {
    host_header {
      values = [var.host]
    }
  }

  condition {
    source_ip {
      values = var.client_cidrs
    }
  }
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  for_each = local.reachable

  security_group_id            = var.load_balancer.security_group_id
  description                  = "The ${each.key} of Airflow"
  referenced_security_group_id = module.task.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  for_each = local.reachable

  security_group_id            = module.task.security_group_id
  description                  = "Requests to the ${each.key} from the load balancer"
  referenced_security_group_id = var.load_balancer.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

# Container Insights counts the service's tasks, also where no load balancer asks after their health.
resource "aws_cloudwatch_metric_alarm" "stopped" {
  alarm_name          = "${var.name}-stopped"
  alarm_description   = "Airflow should run and has not for 15 minutes."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  metric_query {
    id          = "missing"
    label       = "Tasks that should run and do not"
    expression  = "desired - running"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { desired = "DesiredTaskCount", running = "RunningTaskCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "ECS/ContainerInsights"
        metric_name = metric_query.value
        stat        = "Maximum"
        period      = 300
        dimensions = {
          ClusterName = var.cluster_name
          ServiceName = aws_ecs_service.this.name
        }
      }
    }
  }
}
