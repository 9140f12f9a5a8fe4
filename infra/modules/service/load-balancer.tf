resource "aws_security_group" "load_balancer" {
  name        = "${var.name}-alb"
  description = "Load balancer of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-alb" }
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each = toset(var.client_cidrs)

  security_group_id = aws_security_group.load_balancer.id
  description       = "HTTPS from clients"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "http" {
  # checkov:skip=CKV_AWS_260:Port 80 answers with a redirect to 443 and nothing else.
  for_each = toset(var.client_cidrs)

  security_group_id = aws_security_group.load_balancer.id
  description       = "HTTP from clients, to send them to HTTPS"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  security_group_id            = aws_security_group.load_balancer.id
  description                  = "Tasks of ${var.name}"
  referenced_security_group_id = module.task.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  security_group_id            = module.task.security_group_id
  description                  = "Requests from the load balancer"
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
}

resource "aws_lb" "this" {
  # checkov:skip=CKV2_AWS_28:A web ACL is the account's, with rules that its owner tunes: `web_acl_arn` attaches it.
  # checkov:skip=CKV2_AWS_76:As above; and nothing behind this load balancer runs on Java.
  name               = var.name
  load_balancer_type = "application"
  internal           = false
  subnets            = values(var.network.public_subnet_ids)
  security_groups    = [aws_security_group.load_balancer.id]

  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  idle_timeout               = 60

  access_logs {
    enabled = true
    bucket  = var.log_bucket
    prefix  = "alb"
  }

  tags = { Name = var.name }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = var.web_acl_arn == null ? 0 : 1

  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}

resource "aws_lb_target_group" "cohort" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer; behind it is a private network, and tasks hold no certificate.
  for_each = toset(local.colours)

  name                 = "${var.name}-${each.key}"
  vpc_id               = var.network.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.port
  deregistration_delay = 30

  health_check {
    path                = var.health_path
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  # ECS moves the weights of a rule, and not of a listener.
  dynamic "default_action" {
    for_each = var.shifting ? ["fixed-response"] : []

    content {
      type = default_action.value

      fixed_response {
        content_type = "text/plain"
        status_code  = "404"
      }
    }
  }

  dynamic "default_action" {
    for_each = var.shifting ? [] : ["forward"]

    content {
      type = default_action.value

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
  }

  lifecycle {
    # From the first rollout on the listener holds the truth; a plan that put the weights back would send
    # requests to a version that was taken out of service.
    ignore_changes = [default_action]
  }
}

# A cohort by name, whatever its weight: this is how a new version is tested before anybody is sent to it.
# No more than the clients' addresses get in, and what they reach is about to be everybody's.
resource "aws_lb_listener_rule" "cohort" {
  for_each = { for index, colour in local.colours : colour => 10 + index }

  listener_arn = aws_lb_listener.https.arn
  priority     = each.value

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.cohort[each.key].arn
  }

  condition {
    http_header {
      http_header_name = var.cohort_header
      values           = [each.key]
    }
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}
